import type { Position } from '../../model/position.ts'

/** How long, by receive time, a frame is remembered, ms. */
export const dedupWindowMs = 10 * 60 * 1000

interface Entry {
  readonly key: string
  readonly receivedAt: number
  readonly position: Position
}

/**
 * Remembers LoRaWAN uplinks for ten minutes of receive time after they last came, so that a frame that comes again (a
 * retransmission of a device with frame-counter check off, two connectors on one network server) is known. Pure: time
 * comes from the log, and only its last ten minutes count.
 *
 * The key is device, session (DevAddr changes on every join), frame counter and payload.
 */
export class RadioDedup {
  /** Key → position where it came last. */
  readonly #last = new Map<string, Position>()
  #entries: Entry[] = []
  #oldest = 0

  /** @returns whether the frame came before within the window. It is remembered in either case. */
  isRepeat(key: string, receivedAt: number, position: Position): boolean {
    this.#forget(receivedAt - dedupWindowMs)
    const isRepeat = this.#last.has(key)
    this.#last.set(key, position)
    this.#entries.push({ key, receivedAt, position })
    return isRepeat
  }

  /** Position of the oldest frame remembered. */
  get oldestPosition(): Position | undefined {
    return this.#entries[this.#oldest]?.position
  }

  #forget(before: number): void {
    let entry = this.#entries[this.#oldest]
    while (entry && entry.receivedAt < before) {
      if (this.#last.get(entry.key) === entry.position) this.#last.delete(entry.key)
      entry = this.#entries[++this.#oldest]
    }
    if (this.#oldest > 1024 && this.#oldest * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#oldest)
      this.#oldest = 0
    }
  }
}
