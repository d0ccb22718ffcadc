import { deviceTimeOf, eventTimeOf, liveWindow } from '../../devices/event-time.ts'
import type { TimeWindow } from '../../devices/event-time.ts'
import type { DeviceEntry } from './device-directory.ts'
import type { Arrival, RowWriter } from './row-writer.ts'

type Report = Readonly<Record<string, unknown>>

/** Whose reports they are, in which message they came, and which times are believed; `liveWindow` if left out. */
interface ReportsOf {
  readonly entry: DeviceEntry
  readonly message: Arrival
  readonly window: TimeWindow | undefined
}

/** Writes the rows of the reports of one message, each at the time of its `ts`, or where `refusedReportTimes` puts it. */
export function writeReports(
  rows: RowWriter,
  { entry, message, window = liveWindow }: ReportsOf,
  reports: readonly Report[]
): void {
  const [first] = reports
  if (first !== undefined && reports.length === 1) return rows.write(entry, first, first['ts'], message)
  const times = refusedReportTimes(
    reports.map(({ ts }) => ts),
    message.receivedAt,
    window
  )
  for (const [i, report] of reports.entries()) {
    const at = times?.[i]
    if (at === undefined) rows.write(entry, report, report['ts'], message)
    else rows.writeRefused(entry, report, at, message)
  }
}

/**
 * Where the reports of one message stand whose times are not believed: the newest of them at the time of receipt, the others
 * as much before it as the device's own clock says. At the time of receipt alone all but one would be lost: a logger whose
 * clock began anew still knows how far apart its measurements are.
 *
 * @param times - as the reports give them.
 * @returns for each report ms since the epoch, UTC, or `undefined` where its own time counts, or says nothing: then it stands
 * as a report alone would. `undefined` altogether for a message with fewer than two such reports.
 */
export function refusedReportTimes(
  times: readonly unknown[],
  receivedAt: number,
  window: TimeWindow
): readonly (number | undefined)[] | undefined {
  if (times.length < 2) return undefined
  const refused = times.map(ts => {
    const time = deviceTimeOf(ts)
    const isRefused = time !== undefined && Number.isFinite(time) && eventTimeOf(time, receivedAt, window).isRefused
    return isRefused ? time : undefined
  })
  let newest = Number.NEGATIVE_INFINITY
  let oldest = Number.POSITIVE_INFINITY
  let count = 0
  for (const time of refused) {
    if (time === undefined) continue
    newest = Math.max(newest, time)
    oldest = Math.min(oldest, time)
    count++
  }
  // Of two clocks in one message neither says how far the other is.
  if (count < 2 || newest - oldest > window.pastMs) return undefined
  return refused.map(time => (time === undefined ? undefined : receivedAt - (newest - time)))
}
