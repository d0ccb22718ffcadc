/*
 * A connection's number tells which of a client's connections it is: the process's start (seconds since the epoch) above,
 * the client's count since that start below. So the log alone says whether one connection came directly after another.
 */
const counts = 2 ** 20

/**
 * @param startedAt - when the process began, ms since the epoch.
 * @param count - 1 for the client's first connection since then.
 */
export function connectionNumber(startedAt: number, count: number): number {
  return Math.floor(startedAt / 1000) * counts + Math.min(count, counts - 1)
}

/** @returns whether `later` is the client's connection directly after `earlier`, as far as the process that took it knows. */
export function isNextConnection(earlier: number, later: number): boolean {
  const isSameStart = Math.floor(earlier / counts) === Math.floor(later / counts)
  return isSameStart ? later === earlier + 1 : later > earlier && later % counts === 1
}
