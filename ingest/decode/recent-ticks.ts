import type { Position } from '../../model/position.ts'

/** How far back, by receive time, MQTT resends are known again after a restart, ms. */
const spanMs = 30_000

/** Remembers where in the log the last half minute began. */
export class RecentTicks {
  #ticks: { readonly at: number; readonly position: Position }[] = []

  add(at: number, position: Position): void {
    this.#ticks.push({ at, position })
    while ((this.#ticks[1]?.at ?? Number.POSITIVE_INFINITY) <= at - spanMs) this.#ticks.shift()
  }

  get oldestPosition(): Position | undefined {
    return this.#ticks[0]?.position
  }
}
