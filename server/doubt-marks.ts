import { messageOf } from '../model/errors.ts'
import type { DeviceHealth } from '../model/health.ts'
import type { Log } from '../model/log.ts'
import type { RegistrySnapshot } from '../model/registry-snapshot.ts'
import type { Administration } from './administration.ts'

export interface DoubtMarksProps {
  readonly administration: Pick<Administration, 'change'>
  readonly registry: RegistrySnapshot
  readonly log: Log
}

/**
 * Makes what health doubts take effect: at one place in the raw log, so that decode marks the same values whenever it reads.
 * The registry says what is marked already; telling it twice changes nothing.
 */
export class DoubtMarks {
  readonly #props: DoubtMarksProps
  readonly #wanted = new Map<string, readonly string[]>()
  #isStarted = false
  #working: Promise<void> | undefined

  constructor(props: DoubtMarksProps) {
    this.#props = props
  }

  /** Registry changes can be made from now on. */
  start(): void {
    this.#isStarted = true
    this.#work()
  }

  /** Takes the health of devices that changed. */
  take(devices: readonly DeviceHealth[]): void {
    for (const { device, doubts } of devices)
      this.#wanted.set(device, [...new Set(doubts.map(({ metric }) => metric))].toSorted())
    this.#work()
  }

  #work(): void {
    if (!this.#isStarted || this.#wanted.size === 0) return
    this.#working ??= this.#mark().finally(() => {
      this.#working = undefined
      // What came while the last one ended.
      this.#work()
    })
  }

  async #mark(): Promise<void> {
    const { administration, registry, log } = this.#props
    while (this.#wanted.size > 0) {
      const wanted = [...this.#wanted]
      this.#wanted.clear()
      const changes = wanted
        .filter(([device]) => registry.devices.has(device) || registry.doubts.has(device))
        .filter(([device, metrics]) => (registry.doubts.get(device) ?? []).join() !== metrics.join())
        .map(([device, metrics]) => ({ kind: 'doubts' as const, device, metrics: [...metrics] }))
      if (changes.length === 0) continue
      await administration.change(changes).catch((cause: unknown) => {
        // Health tells of it again when it changes, and at the next start.
        log.warn({ cause: messageOf(cause) }, 'Doubtful values are not marked yet')
      })
    }
  }
}
