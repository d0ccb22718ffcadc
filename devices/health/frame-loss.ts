/** Frames that the share of lost ones is taken over, about. */
const window = 256
/** LoRaWAN 1.0.3 (4.3.1.5, MAX_FCNT_GAP) let a counter jump this far at most; beyond it the device has begun anew. */
const mostGap = 16_384
/** A gap counts at most for so many: a week behind a mountain is no property of the radio link. */
const mostCounted = 32
/** Below this many frames the share means nothing. */
const enough = 20

/** As it is kept. */
export interface FrameLossState {
  readonly session: string
  readonly counter: number
  /** Frames sent and lost, older ones counting less. */
  readonly sent: number
  readonly lost: number
  readonly seen: number
}

export const noFrames: FrameLossState = { session: '', counter: -1, sent: 0, lost: 0, seen: 0 }

/**
 * Takes a frame's counter. A gap is loss; a new session, a join, a counter that falls back or jumps beyond what a network
 * lets pass is a new beginning, and a counter of 16 bits that comes round is not.
 *
 * @param isOutage - a gateway was down between this frame and the last: what is missing was not lost on the air.
 */
export function frameHeard(
  state: FrameLossState,
  frame: { readonly session: string; readonly counter: number; readonly isOutage: boolean }
): FrameLossState {
  const { session, counter } = frame
  const isKnown = state.counter >= 0 && state.session === session
  const gap = isKnown ? gapOf(state.counter, counter) : undefined
  if (gap === 0) return state
  const step = gap === undefined || frame.isOutage ? 1 : Math.min(gap, mostCounted + 1)
  const keep = (1 - 1 / window) ** step
  return {
    session,
    counter,
    sent: state.sent * keep + step,
    lost: state.lost * keep + step - 1,
    seen: Math.min(state.seen + 1, enough)
  }
}

/** The device joined: its counter begins anew. */
export function joined(state: FrameLossState): FrameLossState {
  return { ...state, session: '', counter: -1 }
}

/** @returns the share of frames lost, 0 to 1; `undefined` while too few were heard. */
export function lossOf({ sent, lost, seen }: FrameLossState): number | undefined {
  return seen < enough ? undefined : lost / sent
}

/** @returns 0 for the same frame again, `undefined` for a counter that began anew. */
function gapOf(before: number, counter: number): number | undefined {
  if (counter >= before) return counter - before <= mostGap ? counter - before : undefined
  const wrapped = counter + 0x1_00_00 - before
  const isOf16Bits = before <= 0xff_ff && before > 0xff_ff - mostCounted * 8 && wrapped <= mostCounted * 8
  return isOf16Bits ? wrapped : undefined
}
