import { createHistogram } from 'node:perf_hooks'

/** PUBACK latency in ms: from the first writing of a message to its acknowledgement, resends included. */
export interface LoadLatency {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface LoadProgress {
  readonly elapsedS: number
  readonly sent: number
  readonly acknowledged: number
  /** Acknowledged messages a second since the last report (sent ones at QoS 0). */
  readonly ratePerS: number
  /** Of the whole run so far. */
  readonly latencyMs: LoadLatency
}

export interface LoadSummary {
  readonly sent: number
  readonly acknowledged: number
  /** Packets sent again with DUP. */
  readonly resent: number
  readonly connections: number
  readonly reconnects: number
  /** From the first message to the last acknowledgement (or writing, at QoS 0). */
  readonly seconds: number
  readonly ratePerS: number
  readonly latencyMs: LoadLatency
  /** Mean size of a PUBLISH packet. */
  readonly packetBytes: number
  /** What the generator itself cost: user and system time a message, µs. */
  readonly cpuMicrosPerMessage: number
}

/** Counts and times a load run. */
export class LoadMeter {
  #sent = 0
  #bytes = 0
  #acknowledged = 0
  #lastAt = 0
  #beganAt = 0
  #cpu = process.cpuUsage()
  #reported = { at: 0, count: 0 }
  readonly #latency = createHistogram({ lowest: 1, highest: 600_000_000, figures: 3 })

  /** The run begins: what connecting cost is left out. */
  begin(): void {
    this.#beganAt = performance.now()
    this.#lastAt = this.#beganAt
    this.#reported = { at: this.#beganAt, count: 0 }
    this.#cpu = process.cpuUsage()
  }

  sent(messages: number, bytes: number): void {
    this.#sent += messages
    this.#bytes += bytes
    this.#lastAt = performance.now()
  }

  /** Both times are ms of `performance.now()`. */
  acknowledged(sentAt: number, ackedAt: number): void {
    this.#acknowledged++
    this.#latency.record(Math.max(1, Math.round((ackedAt - sentAt) * 1_000)))
    this.#lastAt = ackedAt
  }

  progress(): LoadProgress {
    const now = performance.now()
    const count = this.#acknowledged || this.#sent
    const since = this.#reported
    this.#reported = { at: now, count }
    return {
      elapsedS: (now - this.#beganAt) / 1_000,
      sent: this.#sent,
      acknowledged: this.#acknowledged,
      ratePerS: now > since.at ? ((count - since.count) * 1_000) / (now - since.at) : 0,
      latencyMs: this.#latencyMs()
    }
  }

  summary(counts: Pick<LoadSummary, 'connections' | 'reconnects' | 'resent'>): LoadSummary {
    const cpu = process.cpuUsage(this.#cpu)
    const seconds = (this.#lastAt - this.#beganAt) / 1_000
    const done = this.#acknowledged || this.#sent
    return {
      sent: this.#sent,
      acknowledged: this.#acknowledged,
      ...counts,
      seconds,
      ratePerS: seconds > 0 ? done / seconds : 0,
      latencyMs: this.#latencyMs(),
      packetBytes: this.#sent > 0 ? this.#bytes / this.#sent : 0,
      cpuMicrosPerMessage: done > 0 ? (cpu.user + cpu.system) / done : 0
    }
  }

  #latencyMs(): LoadLatency {
    if (this.#acknowledged === 0) return { p50: 0, p99: 0, max: 0 }
    const { max } = this.#latency
    return { p50: this.#latency.percentile(50) / 1_000, p99: this.#latency.percentile(99) / 1_000, max: max / 1_000 }
  }
}

/** One line for people. */
export function progressLine({ elapsedS, sent, acknowledged, ratePerS, latencyMs }: LoadProgress): string {
  const open = sent - acknowledged
  return `${elapsedS.toFixed(0).padStart(4)} s  ${Math.round(ratePerS)} msg/s  sent ${sent}  unacknowledged ${open}  PUBACK ${latencyText(latencyMs)}`
}

/** The run in a few lines for people. */
export function summaryText(summary: LoadSummary): string {
  const { sent, acknowledged, resent, connections, reconnects, seconds, ratePerS, packetBytes } = summary
  return [
    `sent ${sent} messages of ${packetBytes.toFixed(1)} bytes on ${connections} connections in ${seconds.toFixed(1)} s: ${Math.round(ratePerS)} msg/s`,
    `acknowledged ${acknowledged}, not acknowledged ${sent - acknowledged}, resent ${resent}, reconnects ${reconnects}`,
    `PUBACK ${latencyText(summary.latencyMs)}; generator ${summary.cpuMicrosPerMessage.toFixed(1)} µs a message`
  ].join('\n')
}

function latencyText({ p50, p99, max }: LoadLatency): string {
  return `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, max ${max.toFixed(1)} ms`
}
