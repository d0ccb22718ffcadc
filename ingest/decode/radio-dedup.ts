import type { Position } from '../../model/position.ts'

/** How long, by receive time, a frame is remembered, ms. */
export const dedupWindowMs = 10 * 60 * 1000

interface Entry {
  readonly key: string
  readonly receivedAt: number
  readonly position: Position
}

/**
 * Remembers LoRaWAN uplinks for ten minutes of receive time, so that a frame that comes again (a retransmission of a
 * device with frame-counter check off, two connectors on one network server) is known. Pure: time comes from the log.
 *
 * The key is device, session (DevAddr changes on every join), frame counter and payload.
 */
export class RadioDedup {
  readonly #keys = new Set<string>()
  #entries: Entry[] = []
  #oldest = 0

  /** @returns whether the frame was seen before within the window; if not, it is remembered. */
  isRepeat(key: string, receivedAt: number, position: Position): boolean {
    this.#forget(receivedAt - dedupWindowMs)
    if (this.#keys.has(key)) return true
    this.#keys.add(key)
    this.#entries.push({ key, receivedAt, position })
    return false
  }

  /** Position of the oldest frame remembered. */
  get oldestPosition(): Position | undefined {
    return this.#entries[this.#oldest]?.position
  }

  #forget(before: number): void {
    let entry = this.#entries[this.#oldest]
    while (entry && entry.receivedAt < before) {
      this.#keys.delete(entry.key)
      entry = this.#entries[++this.#oldest]
    }
    if (this.#oldest > 1024 && this.#oldest * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#oldest)
      this.#oldest = 0
    }
  }
}
