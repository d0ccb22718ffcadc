const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const monthMs = 30 * dayMs

/** Gaps remembered. */
const most = 32
/** Below this many gaps the rhythm is not known. */
const enough = 4
/** What a device is granted whose rhythm nobody knows yet. */
const unknownMs = { late: 25 * hourMs, silent: 49 * hourMs }
/** Nobody calls a device late within a minute, nor silent within five: ticks, retries, reconnects. */
const least = { lateMs: 2 * minuteMs, silentMs: 5 * minuteMs }
/** Wrong alarms that are tolerated a month and device. */
const falseAlarmsPerMonth = 0.02
/** What is taken for the share of lost messages at least. */
const leastLoss = 0.01

/** When the next message of a device counts as late, and when the device as silent: ms after the last one. */
export interface Patience {
  readonly lateMs: number
  readonly silentMs: number
  /** The usual gap, `undefined` where it is not known. */
  readonly intervalMs: number | undefined
}

/** As it is kept: the newest gaps in ms, in the order of arrival. */
export type RhythmState = readonly number[]

/**
 * How often a device speaks, learnt from its own gaps, and how long it may keep quiet before that means something.
 *
 * A regular device loses a message now and then (share p). That k in a row are lost by chance happens n·p^k times a month,
 * n messages a month; k is the smallest number for which that is next to never, so a device behind a poor link, or one that
 * speaks once a minute, is waited for longer, in messages, than one that speaks once a day. An irregular one (a door, a
 * parking space) is taken for random: the wait doubles its longest gap.
 */
export class Rhythm {
  readonly #gaps: number[]
  readonly #statedMs: number | undefined
  #patience: Patience | undefined
  #loss = 0

  /** @param statedMs - how often its profile says that it speaks. */
  constructor(statedMs: number | undefined, gaps: RhythmState = []) {
    this.#statedMs = statedMs
    this.#gaps = [...gaps]
  }

  /** Takes the time since the message before. */
  arrived(gapMs: number): void {
    this.#gaps.push(gapMs)
    if (this.#gaps.length > most) this.#gaps.shift()
    this.#patience = undefined
  }

  /** @param loss - share of its messages that are lost on the air, 0 to 1, where frame counters tell. */
  patience(loss: number | undefined): Patience {
    const known = loss ?? 0
    if (this.#patience && Math.abs(known - this.#loss) < 0.02) return this.#patience
    this.#loss = known
    this.#patience = this.#patienceAt(known)
    return this.#patience
  }

  get state(): RhythmState {
    return this.#gaps
  }

  #patienceAt(loss: number): Patience {
    const sorted = this.#gaps.toSorted((a, b) => a - b)
    if (sorted.length < enough) return this.#unknown()
    const quantile = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
    const median = Math.max(1000, quantile(0.5))
    const isRegular = quantile(0.75) - quantile(0.25) <= 0.5 * median
    return isRegular ? regular(median, quantile(0.9), Math.max(loss, missing(sorted, median))) : irregular(sorted)
  }

  #unknown(): Patience {
    if (this.#statedMs === undefined)
      return { lateMs: unknownMs.late, silentMs: unknownMs.silent, intervalMs: undefined }
    return regular(this.#statedMs, this.#statedMs, 0.1)
  }
}

/** The share of messages that the gaps say are missing: a gap of three intervals lacks two. */
function missing(gaps: readonly number[], median: number): number {
  const lost = gaps.reduce((sum, gap) => sum + Math.max(0, Math.round(gap / median) - 1), 0)
  return lost / (gaps.length + lost)
}

function regular(median: number, usual: number, loss: number): Patience {
  const share = Math.min(0.6, Math.max(leastLoss, loss))
  const perMonth = monthMs / median
  const inARow = (times: number) => Math.max(1, Math.ceil(Math.log(times / perMonth) / Math.log(share)))
  // Half an interval for jitter, or what the device's own jitter is.
  const jitter = Math.max(median / 2, 2 * Math.min(median, usual - median))
  // One lost in a row is two intervals without a message.
  const lateMs = inARow(1) * median + jitter
  const silentMs = Math.max(inARow(falseAlarmsPerMonth), 2) * median + jitter
  return {
    lateMs: Math.max(least.lateMs, lateMs),
    silentMs: Math.max(least.silentMs, silentMs, lateMs + median / 2),
    intervalMs: median
  }
}

function irregular(sorted: readonly number[]): Patience {
  const longest = sorted.at(-1) ?? 0
  const mean = Math.max(1000, sorted.reduce((sum, gap) => sum + gap, 0) / sorted.length)
  // Of random arrivals a gap of ln(n / f) means comes f times among n.
  const silentMs = Math.max(2 * longest, mean * Math.log(monthMs / mean / falseAlarmsPerMonth), least.silentMs)
  return {
    lateMs: Math.max(1.2 * longest, silentMs / 2, least.lateMs),
    silentMs,
    intervalMs: sorted[sorted.length >> 1]
  }
}
