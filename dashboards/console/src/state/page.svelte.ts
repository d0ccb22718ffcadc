import { createContext } from 'svelte'
import type { Api } from '../api/api.ts'
import type { StreamEvent } from '../api/event-stream.ts'
import { LiveStream, type Link } from '../api/live-stream.ts'
import { ApiError } from '../api/problem.ts'
import {
  accounting,
  healthChanges,
  readings,
  type Accounting,
  type Metric,
  type Organisation,
  type Profile,
  type Quarantined,
  type Site
} from '../api/resources.ts'
import { Fleet } from './fleet.svelte.ts'
import { PendingReadings } from './pending-readings.ts'
import { RateMeter } from './rate-meter.ts'
import { Soon } from './soon.ts'

export const quarantineShown = 20

export interface PageProps {
  readonly api: Api
  /** Wall time, corrected by the server's, ms since the epoch. */
  readonly now: () => number
  /** Whether who is signed in may do this: what it may not is not asked for, and not written down as a denial. */
  readonly may: (action: string) => boolean
}

/** Everything the page shows. Readings are applied once a frame; all else when it arrives. */
export class Page {
  readonly fleet = new Fleet()
  link: Link = $state.raw({ kind: 'connecting' })
  /** The time that ages are counted from; moves once a second. */
  now = $state(0)
  /** When the server was last heard, ms since the epoch. */
  heardAt: number | undefined = $state()
  isLoaded = $state(false)
  sites: ReadonlyMap<string, Site> = $state.raw(new Map())
  organisations: ReadonlyMap<string, Organisation> = $state.raw(new Map())
  profiles: ReadonlyMap<string, Profile> = $state.raw(new Map())
  metrics: ReadonlyMap<string, Metric> = $state.raw(new Map())
  accounting: Accounting | undefined = $state.raw()
  /** Readings decoded a second. */
  rate: number | undefined = $state()
  quarantine: readonly Quarantined[] | undefined = $state.raw()

  readonly #props: PageProps
  readonly #stream: LiveStream
  readonly #pending = new PendingReadings()
  readonly #decoded = new RateMeter()
  readonly #reloadRegistry = new Soon(500, () => this.#inTime(signal => this.#loadRegistry(signal)))
  readonly #reloadQuarantine = new Soon(2_000, () => this.#inTime(signal => this.#loadQuarantine(signal)))
  #connection = AbortSignal.abort()
  #frame = 0
  #heardAt: number | undefined

  constructor(props: PageProps) {
    this.#props = props
    this.now = props.now()
    this.#stream = new LiveStream({
      url: '/api/v1/events',
      fetch: (...request) => fetch(...request),
      now: () => Date.now(),
      random: () => Math.random(),
      onOpen: signal => this.#load(signal),
      onEvent: event => this.#receive(event),
      onLink: link => this.#follow(link),
      onHeard: () => {
        this.#heardAt = props.now()
      }
    })
  }

  /** Connects, and keeps the page up to date. @returns what ends it. */
  start(): () => void {
    const second = setInterval(() => {
      this.now = this.#props.now()
      this.heardAt = this.#heardAt
    }, 1_000)
    const retry = () => {
      if (document.visibilityState === 'visible') this.retryNow()
    }
    window.addEventListener('online', retry)
    document.addEventListener('visibilitychange', retry)
    this.#stream.start()
    return () => {
      clearInterval(second)
      cancelAnimationFrame(this.#frame)
      window.removeEventListener('online', retry)
      document.removeEventListener('visibilitychange', retry)
      this.#stream.stop()
      this.#follow({ kind: 'connecting' })
    }
  }

  retryNow(): void {
    this.#stream.retryNow()
  }

  #follow(link: Link): void {
    this.link = link
    this.heardAt = this.#heardAt
    if (link.kind === 'live') return
    this.#decoded.forget()
    this.rate = undefined
  }

  /** Everything anew: while the link was down, events went by unseen. */
  async #load(signal: AbortSignal): Promise<void> {
    this.#connection = signal
    const [latest] = await Promise.all([
      this.#props.api.latest(signal),
      this.#loadRegistry(signal),
      this.#loadAccounting(signal),
      this.#loadQuarantine(signal)
    ])
    this.now = this.#props.now()
    this.#pending.add(latest)
    this.#draw()
    this.isLoaded = true
  }

  #receive({ event, data }: StreamEvent): void {
    switch (event) {
      case 'readings':
        this.#pending.add(readings(JSON.parse(data), 'readings event').items)
        this.#frame ||= requestAnimationFrame(() => this.#draw())
        return
      case 'accounting':
        return this.#account(accounting(JSON.parse(data), 'accounting event'))
      case 'registry':
        return this.#reloadRegistry.please()
      case 'health':
        return this.fleet.diagnose(healthChanges(JSON.parse(data), 'health event').devices)
    }
  }

  #draw(): void {
    cancelAnimationFrame(this.#frame)
    this.#frame = 0
    this.fleet.apply(this.#pending.take())
  }

  #account(next: Accounting): void {
    const isNew = next.messages.quarantined !== this.accounting?.messages.quarantined
    this.accounting = next
    this.#decoded.add(performance.now(), next.readings.decoded)
    this.rate = this.#decoded.perSecond()
    if (isNew && this.isLoaded) this.#reloadQuarantine.please()
  }

  async #loadRegistry(signal: AbortSignal): Promise<void> {
    const found = await this.#props.api.registry(signal)
    this.sites = new Map(found.sites.map(site => [site.id, site]))
    this.organisations = new Map(found.organisations.map(organisation => [organisation.id, organisation]))
    this.profiles = new Map(found.profiles.map(profile => [profile.id, profile]))
    this.metrics = new Map(found.metrics.map(metric => [metric.name, metric]))
    this.fleet.register(found.devices)
  }

  async #loadAccounting(signal: AbortSignal): Promise<void> {
    if (!this.#props.may('observe-system')) return
    const found = await permitted(this.#props.api.accounting(signal))
    if (found) this.#account(found)
  }

  async #loadQuarantine(signal: AbortSignal): Promise<void> {
    if (!this.#props.may('observe-system')) return
    this.quarantine = await permitted(this.#props.api.quarantine(quarantineShown, signal))
  }

  /** Runs `load` while the link lasts. A failure keeps what is shown: the next event or connection loads it again. */
  #inTime(load: (signal: AbortSignal) => Promise<void>): void {
    if (this.#connection.aborted) return
    load(this.#connection).catch(() => {})
  }
}

/** @returns `undefined` where the session may not see it (403): that part of the page says so, the others work. */
async function permitted<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return undefined
    throw error
  }
}

export const [usePage, providePage] = createContext<Page>()
