import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client'
import type { Accounting } from './accounting.ts'

/** Sen's own figures for Prometheus. Names: `sen_<noun>_<unit>_total`. */
export class Metrics {
  readonly registry = new Registry()
  readonly #refused: Counter<'reason'>
  readonly #quarantined: Counter<'reason'>
  readonly #timesRefused: Counter
  readonly #unmapped: Gauge
  readonly #accounts: Gauge<'outcome'>
  readonly #readings: Gauge<'outcome'>

  constructor() {
    const registers = [this.registry]
    collectDefaultMetrics({ register: this.registry })
    this.#refused = new Counter({
      name: 'sen_refused_total',
      help: 'Connections, packets and requests turned away before they were taken in, by reason',
      labelNames: ['reason'],
      registers
    })
    this.#quarantined = new Counter({
      name: 'sen_quarantined_total',
      help: 'Messages set aside since this start, by reason',
      labelNames: ['reason'],
      registers
    })
    this.#timesRefused = new Counter({
      name: 'sen_device_times_refused_total',
      help: 'Readings stored at their time of receipt since this start, because the time that the device gave is not believed',
      registers
    })
    this.#unmapped = new Gauge({
      name: 'sen_unmapped_fields_total',
      help: 'Fields of payloads that no profile maps, since the first start',
      registers
    })
    // Gauges, because the figures are cumulative over restarts: they are read off the logs and the store.
    this.#accounts = new Gauge({
      name: 'sen_messages_total',
      help: 'Acknowledged messages since the first start, by what became of them',
      labelNames: ['outcome'],
      registers
    })
    this.#readings = new Gauge({
      name: 'sen_readings_total',
      help: 'Decoded readings since the first start, by what became of them',
      labelNames: ['outcome'],
      registers
    })
  }

  refused(reason: string): void {
    this.#refused.inc({ reason })
  }

  quarantined(reasons: Readonly<Record<string, number>>): void {
    for (const [reason, count] of Object.entries(reasons)) this.#quarantined.inc({ reason }, count)
  }

  timesRefused(count: number): void {
    this.#timesRefused.inc(count)
  }

  /** Adds a figure that is asked for when Prometheus comes. */
  gauge(name: string, help: string, value: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(value())
      }
    })
  }

  /** Adds a count of things that happen. @returns what counts one, by the value of its label. */
  counter(name: string, help: string, label: string): (of: string) => void {
    const counter = new Counter({ name, help, labelNames: [label], registers: [this.registry] })
    return of => {
      counter.inc({ [label]: of })
    }
  }

  /** Adds figures that are asked for together when Prometheus comes: one for each value of the label. */
  gauges(name: string, help: string, label: string, values: () => Promise<Readonly<Record<string, number>>>): void {
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      async collect() {
        const found = Object.entries(await values())
        this.reset()
        for (const [of, value] of found) this.set({ [label]: of }, value)
      }
    })
  }

  /** @returns the text format of Prometheus. */
  async text(accounting: Accounting): Promise<string> {
    this.#unmapped.set(accounting.unmapped)
    for (const [outcome, count] of Object.entries(accounting.messages)) this.#accounts.set({ outcome }, count)
    for (const [outcome, count] of Object.entries(accounting.readings)) this.#readings.set({ outcome }, count)
    return this.registry.metrics()
  }
}
