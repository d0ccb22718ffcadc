import { createHash, createHmac } from 'node:crypto'
import type { NoticeLink } from '../../storage/state/notice-store.ts'

const dayMs = 86_400_000
/** So long a message can be answered. */
const lifeMs = 7 * dayMs
/** Without letters and digits that are taken for others (Crockford's Base32). */
const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const replyLength = 4

/** The way back from a message, as it stands in it. */
export interface Answerable {
  /** Of the page with one button. */
  readonly link: string
  /** What is answered by SMS. */
  readonly replyCode: string
}

export interface NoticeLinksProps {
  /** Makes the codes; whoever has it can acknowledge anything. */
  readonly key: Uint8Array
  /** Address under which people reach Sen, without a path; `undefined` before a door is open. */
  readonly origin: () => string | undefined
}

/**
 * Codes by which messages are answered: the same for an alarm and recipient at each try, not to be guessed (128 bits), kept
 * only as a hash. The short code counts together with the number that it comes from.
 */
export class NoticeLinks {
  readonly #props: NoticeLinksProps

  constructor(props: NoticeLinksProps) {
    this.#props = props
  }

  /** What a message says of it. */
  answerable(alarm: string, recipient: string): Answerable {
    const { code, reply } = this.#codes(alarm, recipient)
    return { link: `${this.#props.origin() ?? ''}/a/${code}`, replyCode: reply }
  }

  /** What is kept of it. @param now - ms since the epoch; it lives for a week from then. */
  kept(alarm: string, recipient: string, now: number): NoticeLink {
    const { code, reply } = this.#codes(alarm, recipient)
    return { hash: hashOfCode(code), reply, alarm, recipient, expiresAt: now + lifeMs }
  }

  /** A secret that goes with a channel: gateways call back with it. */
  reportSecret(channel: string): string {
    return this.#mac('report', channel).toString('base64url').slice(0, 32)
  }

  #codes(alarm: string, recipient: string): { readonly code: string; readonly reply: string } {
    const mac = this.#mac('answer', alarm, recipient)
    const reply = [...mac.subarray(16, 16 + replyLength)].map(byte => letters[byte % letters.length]).join('')
    return { code: mac.subarray(0, 16).toString('base64url'), reply }
  }

  #mac(...parts: readonly string[]): Buffer {
    return createHmac('sha256', this.#props.key).update(JSON.stringify(parts)).digest()
  }
}

/** @returns how a code of a link is kept. */
export function hashOfCode(code: string): string {
  return createHash('sha256').update(code).digest('base64url')
}

/** @returns the code of an answer such as `OK 4F7K`, however it is written; `undefined` if there is none. */
export function replyCodeIn(text: string): string | undefined {
  const [, code] = /(?:^|[^0-9A-Z])OK[^0-9A-Z]*([0-9A-Z]{4})(?![0-9A-Z])/.exec(text.toUpperCase()) ?? []
  return code?.replaceAll('O', '0').replaceAll(/[IL]/g, '1')
}
