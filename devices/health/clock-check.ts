const minuteMs = 60_000
/** A clock may be off by so much. */
const toleranceMs = 5 * minuteMs
/** Messages looked back on, and over how long they must have come. */
const most = 8
const overMs = 60 * minuteMs

/** As it is kept: receive time and how far the newest time of the message was behind it; `null`: it was not believed. */
export type ClockState = readonly (readonly [receivedAt: number, behindMs: number | null])[]

/** Takes a message's newest time. */
export function clockRead(state: ClockState, receivedAt: number, behindMs: number | null): ClockState {
  return [...state.slice(1 - most), [receivedAt, behindMs]]
}

/**
 * Whether the device's clock is wrong: every one of its last eight messages, over an hour, is off by more than five minutes,
 * and all by about the same. A device that was offline sends old values in a row, but each with another delay, and live ones
 * in between.
 *
 * @returns how far it is behind, ms, negative where it is ahead, `NaN` where its time is not believable at all; `undefined`
 * where it is right.
 */
export function clockBehind(state: ClockState): number | undefined {
  const first = state[0]
  const last = state.at(-1)
  if (state.length < most || !first || !last || last[0] - first[0] < overMs) return undefined
  const known = state.flatMap(([, behind]) => behind ?? [])
  if (known.length === 0) return Number.NaN
  if (known.length < state.length) return undefined
  const [least, largest] = [Math.min(...known), Math.max(...known)]
  if (Math.min(Math.abs(least), Math.abs(largest)) <= toleranceMs || least < 0 !== largest < 0) return undefined
  return largest - least <= 2 * toleranceMs ? (least + largest) / 2 : undefined
}
