import { randomBytes, timingSafeEqual } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { SenError } from '../../model/errors.ts'
import { argon2id } from './hashes.ts'

/** argon2id, OWASP's second recommendation: 19 MiB, 2 passes, 1 lane; about 60 ms of one core. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 }
const tagBytes = 32
const phcPattern = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

/** How many wait for their turn to be hashed; more are told to come again: a flood must not fill the memory … */
const mostWaiting = { stranger: 16, known: 64 } as const

/** Who asks: somebody who has been in from there before is not kept out by a crowd of strangers. */
export type Asker = keyof typeof mostWaiting

/** Each hash costs a core its time: one at a time, so that a flood of logins leaves the other cores to the devices. */
let turn: Promise<unknown> = Promise.resolve()
let waiting = 0
/** In a crowd the next hash waits so many times as long as the last one took. */
const crowdPause = 7

/** @throws SenError `SEN_OVERLOADED` while too many wait: said before anything is looked up for who asks. */
export function demandRoom(asker: Asker): void {
  if (waiting < mostWaiting[asker]) return
  throw new SenError('SEN_OVERLOADED', 'check password: too many wait to be checked', { retryAfterS: 5 })
}

async function inTurn<T>(asker: Asker, work: () => Promise<T>): Promise<T> {
  demandRoom(asker)
  waiting++
  const done = turn.then(async () => {
    const began = performance.now()
    try {
      return await work()
    } finally {
      waiting--
      // In a crowd with pauses: an eighth of a core goes on passwords, not a whole one.
      if (waiting > 1) await delay(crowdPause * (performance.now() - began))
    }
  })
  turn = done.catch(() => undefined)
  return done
}

/** @returns the password's hash as a PHC string (argon2id, RFC 9106). */
export async function passwordHash(password: string): Promise<string> {
  const salt = randomBytes(16)
  const tag = await inTurn('known', () => tagOf(password, salt, cost))
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${plain(salt)}$${plain(tag)}`
}

/**
 * Says whether the password is the one that was hashed. Takes the same time whether or not there is a hash, so that nobody
 * learns who has an account.
 */
export async function isPassword(password: string, hash: string | undefined, asker: Asker = 'known'): Promise<boolean> {
  const [, memory, passes, parallelism, salt = '', tag = ''] = phcPattern.exec(hash ?? nobody) ?? []
  const costs = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) }
  const expected = Buffer.from(tag, 'base64')
  const found = await inTurn(asker, () => tagOf(password, Buffer.from(salt, 'base64'), costs))
  return timingSafeEqual(found, expected) && hash !== undefined
}

/** Matches no password: its tag is all zeros. */
const nobody = `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${plain(Buffer.alloc(16))}$${plain(Buffer.alloc(tagBytes))}`

/** Rules of TCVN 14423:2026, 5.6.2.2 b. Length in characters. */
export const passwordRules = { withSecondFactor: 8, alone: 14, longest: 200 } as const

/**
 * Says why a password may not be used: too short, or, where it stands alone, not of all four kinds of characters.
 *
 * @returns `undefined` if it may.
 */
export function passwordProblem(
  password: string,
  { hasSecondFactor, login, name }: { readonly hasSecondFactor: boolean; readonly login: string; readonly name: string }
): string | undefined {
  const length = [...password].length
  if (length > passwordRules.longest) return `must be at most ${passwordRules.longest} characters`
  const least = hasSecondFactor ? passwordRules.withSecondFactor : passwordRules.alone
  if (length < least) return `must be at least ${least} characters${hasSecondFactor ? '' : ' (8 with a second factor)'}`
  const lower = password.toLowerCase()
  if (lower.includes(login) || lower === name.toLowerCase()) return 'must not hold the login name'
  if (/^(.)\1*$/u.test(password) || commonest.has(lower)) return 'is among the first that anybody tries'
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\p{N}/u, /[^\p{L}\p{N}]/u]
  if (!hasSecondFactor && !kinds.every(kind => kind.test(password)))
    return 'must have lower-case and upper-case letters, digits and signs (or a second factor)'
  return undefined
}

/** Of those that reach eight characters, what every list of leaked passwords begins with, Vietnamese ones too. */
const commonest = new Set([
  ...[
    '12345678',
    '123456789',
    '1234567890',
    'password',
    'password1',
    'qwertyuiop',
    'qwerty123',
    '11223344',
    'abcd1234'
  ],
  ...[
    'matkhau123',
    'anhyeuem',
    'anhyeuem123',
    'iloveyou',
    '88888888',
    'admin123',
    'administrator',
    'nghean123',
    'vietnam123'
  ]
])

function tagOf(password: string, nonce: Buffer, costs: typeof cost): Promise<Uint8Array> {
  // One form of each letter: keyboards differ in how they compose Vietnamese.
  return argon2id(Buffer.from(password.normalize('NFC')), nonce, tagBytes, costs)
}

function plain(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '')
}
