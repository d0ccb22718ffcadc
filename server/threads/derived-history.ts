import { metricGivenBy } from '../../model/calculation.ts'
import { qualityBits } from '../../model/quality.ts'
import type { SeriesId } from '../../model/series.ts'
import type { Column } from '../../rules/metrics/formulas/inputs.ts'
import { neededBy } from '../../rules/metrics/recalculation.ts'
import type { Recalculation, Standing } from '../../rules/metrics/recalculation.ts'
import type { SeriesStore } from '../../storage/series/series-store.ts'

const dayMs = 86_400_000
/** What one question reads at most: so many days of so many devices. */
const deviceDays = 100
const mostDevices = 50
const pageRows = 10_000

/**
 * Puts together recalculations that look at the same time, so that an hour that is over for a thousand devices is a few
 * questions and not thousands. Of one device a group holds only one.
 */
export function recalculationGroups(due: readonly Recalculation[]): readonly (readonly Recalculation[])[] {
  const groups: { key: string; devices: Set<string>; most: number; works: Recalculation[] }[] = []
  const open = new Map<string, (typeof groups)[number]>()
  for (const work of due) {
    const { from, to } = neededBy(work)
    const key = `${work.calculation.id} ${from} ${to}`
    let group = open.get(key)
    if (!group || group.devices.has(work.device) || group.works.length >= group.most) {
      const most = Math.max(1, Math.min(mostDevices, Math.floor((deviceDays * dayMs) / (to - from))))
      group = { key, devices: new Set(), most, works: [] }
      groups.push(group)
      open.set(key, group)
    }
    group.works.push(work)
    group.devices.add(work.device)
  }
  return groups.map(({ works }) => works)
}

export interface HistorySource {
  readonly rows: SeriesStore['rows']
  readonly find: (device: string, metric: string) => SeriesId | undefined
}

/** Reads what stands for a group. @returns by device; one without any input that is known has none. */
export async function readStanding(
  group: readonly Recalculation[],
  { rows, find }: HistorySource
): Promise<ReadonlyMap<string, Standing>> {
  const columns = new Map<SeriesId, Column & { readonly isGiven: boolean }>()
  const standing = new Map<string, Map<string, Column>>()
  for (const work of group) {
    const given = metricGivenBy(work.calculation)?.name
    const known = new Map<string, Column>()
    for (const metric of neededBy(work).metrics) {
      const id = find(work.device, metric)
      if (id === undefined) continue
      const column = { time: [], value: [], quality: [], isGiven: metric === given }
      columns.set(id, column)
      known.set(metric, column)
    }
    if (known.size > 0) standing.set(work.device, known)
  }
  const [first] = group
  if (!first || columns.size === 0) return standing
  const { from, to } = neededBy(first)
  const query = { series: [...columns.keys()], from, to, limit: pageRows }
  let cursor: string | undefined
  do {
    const page = await rows({ ...query, cursor })
    for (const [row, id] of page.series.entries()) {
      const value = page.value[row]
      const quality = page.quality[row] ?? 0
      const column = columns.get(id)
      // What is not plausible is no input; what was given before is compared whatever it is.
      if (!column || typeof value !== 'number') continue
      if (!column.isGiven && (quality & qualityBits.implausible) !== 0) continue
      column.time.push(page.time[row] ?? 0)
      column.value.push(value)
      column.quality.push(quality)
    }
    cursor = page.cursor
  } while (cursor !== undefined)
  return standing
}
