import { createHash } from 'node:crypto'
import type { MessagePort } from 'node:worker_threads'
import type { HealthEvent } from '../model/health.ts'
import type { Log } from '../model/log.ts'
import { SenError } from '../model/errors.ts'
import type { Position } from '../model/position.ts'
import type { LoadedProfile } from '../devices/profiles/load-profiles.ts'
import type { Settings } from './config.ts'
import type { DeviceHealthQueries } from './device-health.ts'
import type { DerivedDoor } from './derived-door.ts'
import type { AlarmEvent, AlarmService } from './threads/alarm-thread.ts'
import { line, serve } from './threads/rpc.ts'
import type { RuleFacts } from './threads/rules-reader.ts'
import { Thread } from './threads/thread.ts'

export interface AlarmWatchProps {
  readonly settings: Settings
  readonly log: Log
  /** Lines whose ends here go to the thread: to the state store, to its alarms and calculations, and to the series store. */
  readonly lines: Readonly<Record<'state' | 'alarms' | 'store' | 'derived', { readonly here: MessagePort }>>
  readonly deviceHealth: Pick<DeviceHealthQueries, 'events'>
  /** Puts into the raw log what calculations give. */
  readonly door: DerivedDoor
  /** Rules, or calculations, have read the `readings` log up to here for good. */
  readonly commit: (reader: AlarmEvent['reader'], position: Position) => void
  readonly onFatal: (cause: unknown) => void
}

/** What the thread reads, known once all else runs. */
export interface AlarmSources {
  readonly rawHead: SharedArrayBuffer
  readonly readingsHead: SharedArrayBuffer
  readonly profiles: ReadonlyMap<string, LoadedProfile>
  /** End of the raw log when Sen started. */
  readonly beginning: Position
}

/** More events than that never go on at once: there are no more devices. */
const mostEvents = 50_000

/** Runs the thread that makes alarms of what rules find, and brings it what health finds out. */
export class AlarmWatch {
  readonly #props: AlarmWatchProps
  /** What came before the thread ran. */
  #waiting: HealthEvent[] = []
  #thread: Thread<AlarmService> | undefined
  #queue: Promise<void> = Promise.resolve()
  #starting: Promise<void> | undefined

  constructor(props: AlarmWatchProps) {
    this.#props = props
  }

  /** Called once the doors are open: nobody waits for it. */
  start(sources: AlarmSources): void {
    this.#starting = this.#start(sources).catch((cause: unknown) => {
      this.#props.onFatal(cause)
    })
  }

  /** Takes events of health as they begin, grow and end. */
  health(events: readonly HealthEvent[]): void {
    if (events.length === 0) return
    if (this.#thread) this.#tell(events, false)
    else this.#waiting.push(...events)
  }

  async stop(): Promise<void> {
    await this.#starting
    await this.#thread?.call.stop()
    await this.#queue.catch(() => undefined)
    await this.#thread?.end()
  }

  async #start({ rawHead, readingsHead, profiles, beginning }: AlarmSources): Promise<void> {
    const { settings, log, lines, deviceHealth, door, commit, onFatal } = this.#props
    const events = line()
    events.here.on('message', ({ reader, position }: AlarmEvent) => {
      commit(reader, position)
    })
    const ends = Object.fromEntries(Object.entries(lines).map(([to, { here }]) => [to, here]))
    const doorLine = line()
    serve(door, doorLine.here)
    const facts = ruleFactsOf(profiles)
    const thread = new Thread<AlarmService>({
      name: 'alarm',
      module: new URL('./threads/alarm-thread.ts', import.meta.url),
      data: { settings, rawHead, readingsHead, ...ends, door: doorLine.there, events: events.there, facts, beginning },
      ports: [...Object.values(ends), doorLine.there, events.there],
      log,
      onDeath: cause => {
        onFatal(new SenError('SEN_THREAD_DIED', 'run thread alarm: it ended by itself', { cause }))
      }
    })
    this.#thread = thread
    await thread.call.start()
    const open = await deviceHealth.events({ limit: mostEvents, isOpen: true })
    this.#tell([...open.toReversed(), ...this.#waiting], true)
    this.#waiting = []
  }

  #tell(events: readonly HealthEvent[], isAll: boolean): void {
    const { log } = this.#props
    this.#queue = this.#queue
      .then(() => this.#thread?.call.health(events, isAll))
      .catch((cause: unknown) => {
        // They stand in the state: the next start reads them again.
        log.error({ cause }, 'Health events did not become alarms')
      })
  }
}

function ruleFactsOf(profiles: ReadonlyMap<string, LoadedProfile>): RuleFacts {
  const all = [...profiles]
  const hashOf = (source: string): string => createHash('sha256').update(source).digest('hex')
  return {
    intervals: new Map(all.map(([id, { profile }]) => [id, profile.intervalS])),
    codecs: new Map(all.map(([id, { codec }]) => [id, codec && hashOf(codec.source)]))
  }
}
