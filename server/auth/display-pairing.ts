import { randomInt, randomUUID } from 'node:crypto'
import type { Author } from '../../model/audit.ts'
import type { Clock } from '../../model/clock.ts'
import { SenError } from '../../model/errors.ts'
import type { EnrolledDevice, PeopleStore } from '../../storage/state/people-store.ts'
import type { DeviceJwk } from './device-keys.ts'
import type { Sessions } from './sessions.ts'

interface Pairing {
  readonly code: string
  readonly publicKey: DeviceJwk
  readonly until: number
  readonly expiresAt: number
  device: string | undefined
}

const lifeMs = 600_000
const mostOpen = 200

/** Wall displays: the screen shows a code, an administrator types it, and the screen's own key opens its sessions. */
export class DisplayPairing {
  readonly #store: PeopleStore
  readonly #sessions: Sessions
  readonly #clock: Clock
  readonly #pairings = new Map<string, Pairing>()

  constructor({
    store,
    sessions,
    clock
  }: {
    readonly store: PeopleStore
    readonly sessions: Sessions
    readonly clock: Clock
  }) {
    this.#store = store
    this.#sessions = sessions
    this.#clock = clock
  }

  /** @throws SenError `SEN_OVERLOADED` while too many screens wait. */
  begin(publicKey: DeviceJwk): { readonly pairing: string; readonly code: string; readonly expiresAt: number } {
    this.#forgetOld()
    if (this.#pairings.size >= mostOpen)
      throw new SenError('SEN_OVERLOADED', `pair display: ${mostOpen} screens wait already`, { retryAfterS: 60 })
    const pairing = randomUUID()
    const letters = Array.from({ length: 8 }, () => alphabet[randomInt(alphabet.length)])
    const code = `${letters.slice(0, 4).join('')}-${letters.slice(4).join('')}`
    const expiresAt = this.#clock.now() + lifeMs
    const until = this.#clock.monotonic() + lifeMs
    this.#pairings.set(pairing, { code, publicKey, until, expiresAt, device: undefined })
    return { pairing, code, expiresAt }
  }

  state(pairing: string): { readonly state: 'waiting' | 'approved' | 'expired'; readonly device: string | undefined } {
    this.#forgetOld()
    const found = this.#pairings.get(pairing)
    if (!found) return { state: 'expired', device: undefined }
    return { state: found.device === undefined ? 'waiting' : 'approved', device: found.device }
  }

  /** @throws SenError `SEN_NOT_FOUND` if no screen shows this code. */
  async approve(
    given: { readonly code: string; readonly name: string; readonly organisation: string },
    author: Author
  ): Promise<EnrolledDevice> {
    this.#forgetOld()
    const typed = given.code.toUpperCase().replace(/[^A-Z0-9]/g, '')
    const found = [...this.#pairings.values()].find(
      ({ code, device }) => code.replace('-', '') === typed && device === undefined
    )
    if (!found) throw new SenError('SEN_NOT_FOUND', 'add display: no screen shows this code')
    const device: EnrolledDevice = {
      id: randomUUID(),
      kind: 'display',
      person: undefined,
      organisation: given.organisation,
      name: given.name,
      publicKey: JSON.stringify(found.publicKey),
      pinHash: undefined,
      wrongPins: 0,
      createdAt: this.#clock.now(),
      lastUsedAt: undefined
    }
    const after = { name: device.name, organisation: device.organisation }
    await this.#store.addDevice(device, { ...this.#line('display.add', device, author), after })
    found.device = device.id
    return device
  }

  async displays(): Promise<readonly EnrolledDevice[]> {
    return this.#store.devices({ kind: 'display' })
  }

  async remove(device: EnrolledDevice, author: Author): Promise<void> {
    const before = { name: device.name, organisation: device.organisation }
    await this.#store.removeDevice(device.id, { ...this.#line('display.remove', device, author), before })
    await this.#sessions.end(session => session.device === device.id, author, 'the display was removed')
  }

  #line(action: string, { id, name, organisation }: EnrolledDevice, author: Author) {
    const what = { object: `display:${id}`, organisation: organisation ?? '', detail: name }
    return { at: this.#clock.now(), author, action, outcome: 'done', count: 1, ...what } as const
  }

  #forgetOld(): void {
    const now = this.#clock.monotonic()
    for (const [id, { until }] of this.#pairings) if (until <= now) this.#pairings.delete(id)
  }
}

/** Letters and digits that are told apart across a room. */
const alphabet = 'ACDEFHJKMNPQRTUVWXY34679'
