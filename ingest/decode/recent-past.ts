import type { Position } from '../../model/position.ts'
import { resendWindowMs } from './resend-dedup.ts'

/** How far apart the remembered places are, ms. */
const stepMs = 1000

/** Remembers where in the log the time began in which MQTT resends are known. */
export class RecentPast {
  #places: { readonly at: number; readonly position: Position }[] = []

  /** Takes the receive time and position of each record. */
  pass(at: number, position: Position): void {
    const last = this.#places.at(-1)
    if (last && at - last.at < stepMs) return
    this.#places.push({ at, position })
    while ((this.#places[1]?.at ?? Number.POSITIVE_INFINITY) <= at - resendWindowMs) this.#places.shift()
  }

  get oldestPosition(): Position | undefined {
    return this.#places[0]?.position
  }
}
