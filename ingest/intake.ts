import type { MessageRecord } from '../journal/journal.ts'

/** Where doors hand messages in. */
export interface Intake {
  /** Calls back once, in order of submission: no argument once the message is durable, an error if it will not be. */
  submit(message: Omit<MessageRecord, 'kind' | 'receivedAt'>, done: (error?: Error) => void): void
}
