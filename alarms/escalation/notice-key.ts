import { createHash } from 'node:crypto'

/** What makes a notice that notice: told again under the same key it is the same. */
export interface NoticeIdentity {
  readonly alarm: string
  readonly step: number
  /** 0, then 1 for the first repetition of the chain … */
  readonly round: number
  readonly recipient: string
  readonly channel: string
}

/** @returns the idempotency key: 43 characters of Base64url, the same however often it is planned. */
export function noticeKeyOf({ alarm, step, round, recipient, channel }: NoticeIdentity): string {
  return hashOf(['notice', alarm, step, round, recipient, channel])
}

/** @returns the key of what tells several notices together: the same members, the same key. */
export function groupKeyOf(members: readonly string[]): string {
  return hashOf(['group', ...[...members].sort()])
}

function hashOf(parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}
