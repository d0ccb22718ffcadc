import type { MessageRecord } from '../../journal/journal.ts'
import { SenError } from '../../model/errors.ts'
import type { Services } from '../services.ts'

/** A message that Sen itself puts into the raw log for somebody who has been allowed to. */
export type EnteredMessage = Pick<MessageRecord, 'door' | 'credential' | 'topic' | 'payload'>

/**
 * Resolves once the message is on disk.
 *
 * @throws SenError `SEN_OVERLOADED` if too much waits for the disk already; the journal's own if it refuses.
 */
export async function keepDurably({ intake, metrics }: Services, message: EnteredMessage): Promise<void> {
  if (intake.isOverBudget) {
    metrics.refused('overloaded')
    throw new SenError('SEN_OVERLOADED', 'keep message: too many wait for the disk', { retryAfterS: 1 })
  }
  await new Promise<void>((resolve, reject) => {
    const alone = { qos: 1, dup: false, retain: false, clientId: '', connection: 0, packetId: 0 } as const
    intake.submit({ ...alone, ...message }, error => {
      if (error) reject(error)
      else resolve()
    })
  })
}
