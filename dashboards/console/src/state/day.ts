const dayMs = 24 * 3_600_000

/**
 * The limits of whole days in Vietnam (+07:00, no daylight saving).
 *
 * @param from - the first day, `2026-11-29`; empty: no limit.
 * @param to - the last day, which counts in full.
 * @returns ISO 8601 UTC times: from this moment on, and before that one.
 */
export function daysBetween(from: string, to: string): { readonly from?: string; readonly to?: string } {
  const start = startOf(from)
  const last = startOf(to)
  return {
    ...(start === undefined ? {} : { from: new Date(start).toISOString() }),
    ...(last === undefined ? {} : { to: new Date(last + dayMs).toISOString() })
  }
}

function startOf(day: string): number | undefined {
  const at = Date.parse(`${day}T00:00:00+07:00`)
  return Number.isFinite(at) ? at : undefined
}
