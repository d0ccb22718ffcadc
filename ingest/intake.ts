import type { MessageRecord } from '../journal/journal.ts'

/** Who waits for messages to be kept. */
export interface Receipt {
  /** Called once for each message, in the order of submission: it is durable, or, with an error, it will not be. */
  kept(ticket: number, error: Error | undefined): void
}

/** Where doors hand messages in. */
export interface Intake {
  /** Calls back once, in order of submission: no argument once the message is durable, an error if it will not be. */
  submit(message: Omit<MessageRecord, 'kind' | 'receivedAt'>, done: (error?: Error) => void): void
}
