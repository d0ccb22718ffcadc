import { loadMetricNames, loadMetrics, loadValue } from './farm-message.ts'
import { DeviceLedger } from './ledger.ts'
import type { StoredRow } from './readings-client.ts'

export type OffenceCounter = 'lost' | 'duplicated' | 'altered' | 'invented'

/** One message that is not as it should be. */
export interface Offence {
  readonly counter: OffenceCounter
  /** Device number. */
  readonly d: number
  /** `undefined` where nothing was sent. */
  readonly n: number | undefined
  readonly detail: string
}

/** Rows at a time at which nothing was sent: metric → values. */
type Stray = Map<string, unknown[]>

const allMetrics = (1 << loadMetricNames.length) - 1
const offencesKept = 20

/**
 * Compares the stored rows of one device with its ledger. A row belongs to the message that was sent with its time, since a
 * device never uses one time twice; rows at other times belong to the message that their `seq` names, if it was sent.
 */
export class DeviceComparison {
  readonly counts = { intact: 0, lost: 0, duplicated: 0, altered: 0, invented: 0, unacked_stored: 0 }
  readonly offences: Offence[] = []
  readonly #d: number
  readonly #seed: number
  readonly #ledger: DeviceLedger
  /** By n: a bit per metric that is stored at the message's time. */
  readonly #found: Uint8Array
  readonly #duplicated = new Map<number, string>()
  readonly #altered = new Map<number, string>()
  readonly #strays = new Map<number, Stray>()
  /** Messages of which rows stand at another time. */
  readonly #moved = new Set<number>()

  constructor(props: { readonly d: number; readonly seed: number; readonly ledger: DeviceLedger | undefined }) {
    this.#d = props.d
    this.#seed = props.seed
    this.#ledger = props.ledger ?? new DeviceLedger(0)
    this.#found = new Uint8Array(this.#ledger.count + 1)
  }

  /** Rows of one metric, in any order and in as many parts as there are. */
  add(metric: string, rows: readonly StoredRow[]): void {
    const bit = 1 << loadMetricNames.indexOf(metric)
    for (const { time, value } of rows) {
      const n = this.#ledger.at(time)
      if (n === undefined) {
        this.#addStray(time, metric, value)
        continue
      }
      const found = this.#found[n] ?? 0
      if ((found & bit) !== 0) this.#duplicated.set(n, `${metric} is stored again at ${iso(time)}`)
      this.#found[n] = found | bit
      const expected = this.#expected(metric, n)
      if (!Object.is(value, expected)) this.#altered.set(n, `${metric} is ${JSON.stringify(value)}, sent ${expected}`)
    }
  }

  /** Counts, once all rows are in. */
  finish(): void {
    for (const [time, stray] of this.#strays) this.#judgeStray(time, stray)
    for (let n = 1; n <= this.#ledger.count; n++) this.#judge(n)
  }

  #addStray(time: number, metric: string, value: unknown): void {
    const stray = this.#strays.get(time) ?? new Map<string, unknown[]>()
    stray.set(metric, [...(stray.get(metric) ?? []), value])
    this.#strays.set(time, stray)
  }

  #judgeStray(time: number, stray: Stray): void {
    const [seq] = stray.get('seq') ?? []
    if (typeof seq !== 'number' || !Number.isInteger(seq) || seq < 1 || seq > this.#ledger.count) {
      this.#count('invented', undefined, `${[...stray.keys()].join(', ')} at ${iso(time)}, seq ${JSON.stringify(seq)}`)
      return
    }
    const isSecond = this.#found[seq] !== 0 || this.#moved.has(seq)
    this.#moved.add(seq)
    if (isSecond) this.#duplicated.set(seq, `stored again at ${iso(time)}`)
    else this.#altered.set(seq, `stored at ${iso(time)}, sent with ${iso(this.#ledger.ts(seq))}`)
    for (const [metric, values] of stray) {
      const expected = this.#expected(metric, seq)
      if (values.length > 1) this.#duplicated.set(seq, `${metric} is stored ${values.length} times at ${iso(time)}`)
      for (const value of values)
        if (!Object.is(value, expected))
          this.#altered.set(seq, `${metric} is ${JSON.stringify(value)}, sent ${expected}`)
    }
    for (const name of loadMetricNames) {
      const bit = 1 << loadMetricNames.indexOf(name)
      if (!isSecond && stray.has(name)) this.#found[seq] = (this.#found[seq] ?? 0) | bit
    }
  }

  #judge(n: number): void {
    const found = this.#found[n] ?? 0
    const isAcknowledged = this.#ledger.isAcknowledged(n)
    const duplicated = this.#duplicated.get(n)
    const altered = this.#altered.get(n)
    if (duplicated !== undefined) this.#count('duplicated', n, duplicated)
    if (altered !== undefined) this.#count('altered', n, altered)
    if (found !== 0 && !isAcknowledged) this.counts.unacked_stored++
    if (found !== allMetrics && isAcknowledged) this.#count('lost', n, missingText(found))
    if (found === allMetrics && duplicated === undefined && altered === undefined) this.counts.intact++
  }

  #count(counter: OffenceCounter, n: number | undefined, detail: string): void {
    this.counts[counter]++
    if (this.offences.length < offencesKept) this.offences.push({ counter, d: this.#d, n, detail })
  }

  #expected(metric: string, n: number): number {
    if (metric === 'seq') return n
    return loadValue(
      this.#seed,
      this.#d,
      n,
      loadMetrics.findIndex(({ name }) => name === metric)
    )
  }
}

function missingText(found: number): string {
  if (found === 0) return 'acknowledged, and not in storage'
  return `acknowledged, and stored without ${loadMetricNames.filter((_, bit) => (found & (1 << bit)) === 0).join(', ')}`
}

function iso(time: number): string {
  return Number.isNaN(time) ? 'no time' : new Date(time).toISOString()
}
