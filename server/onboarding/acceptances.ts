import { acceptanceOf, enoughHeard, mountingDemandsOf } from '../../devices/onboarding/acceptance.ts'
import type { Acceptance, AcceptanceFacts, ValueFact } from '../../devices/onboarding/acceptance.ts'
import { qualityBits } from '../../model/quality.ts'
import type { Device } from '../../model/registry.ts'
import type { SeriesDefinition } from '../../model/series.ts'
import { isLorawan as speaksLorawan, joinItem } from '../api/health-items.ts'
import { metricOf } from '../api/reading-items.ts'
import { shownValue } from '../readings-answer.ts'
import type { Services } from '../services.ts'

/** What a verdict says, and by what facts. */
export interface Findings extends Acceptance {
  readonly facts: AcceptanceFacts
  /** When its radio joined last (ISO 8601, UTC); `null`: no join was seen. */
  readonly joinedAt: string | null
  /** Nothing has come from it yet, and it must join first. */
  readonly isJoinAwaited: boolean
}

/** What says how a device is heard and lives, and not what it measures. */
const notMeasured: ReadonlySet<string> = new Set([
  ...['rssi', 'snr', 'link_margin', 'downlink_margin', 'battery_level', 'battery_voltage', 'firmware', 'online']
])
const dayMs = 86_400_000
/** Installed work is accepted soon after; older messages say nothing of it. */
const heardWithinMs = 30 * dayMs
/** A device's clock may be ahead. */
const aheadMs = dayMs
/** Series looked into for how often a device was heard. */
const seriesAsked = 8

/**
 * Gathers what is known of an installed device, and judges it.
 *
 * @param measures - the metrics that it can give (see `measuredBy`).
 * @param since - when it, or its hardware, came to where it is (ms since the epoch, UTC).
 */
export async function findingsOf(
  services: Services,
  device: Device,
  { measures, since }: { readonly measures: readonly string[]; readonly since: number }
): Promise<Findings> {
  const { series, queries, clock } = services
  const own = series.ofDevice(device.id)
  const rows = await queries.latest(own.map(({ id }) => id))
  const latest = new Map<string, { readonly value: number | string; readonly isPlausible: boolean }>()
  rows.series.forEach((id, i) => {
    const metric = series.get(id)?.metric
    if (metric === undefined || (rows.time[i] ?? 0) < since) return
    const isPlausible = ((rows.quality[i] ?? 0) & qualityBits.implausible) === 0
    latest.set(metric, { value: rows.value[i] ?? 0, isPlausible })
  })
  const number = (metric: string): number | undefined => {
    const found = latest.get(metric)?.value
    return typeof found === 'number' ? found : undefined
  }
  const [health] = await services.deviceHealth.devices([device.id])
  const isLorawan = speaksLorawan(services, device.id)
  const measured = measures.filter(metric => !notMeasured.has(metric))
  const facts: AcceptanceFacts = {
    isLorawan,
    heard: await timesHeard(services, own, isLorawan, Math.max(since, clock.now() - heardWithinMs)),
    link: isLorawan ? { marginDb: number('link_margin'), snr: number('snr') } : undefined,
    values: [...latest].flatMap(([metric, { value, isPlausible }]): readonly ValueFact[] =>
      notMeasured.has(metric)
        ? []
        : [{ metric, value: shownValue(value, metricOf(services, metric).kind), isPlausible }]
    ),
    battery: { percent: number('battery_level'), volts: number('battery_voltage') },
    hasBattery: measures.some(metric => metric.startsWith('battery_')),
    mounting: device.mounting,
    demands: mountingDemandsOf(measured)
  }
  const join = health ? joinItem(health, isLorawan) : { joinedAt: null, isJoinAwaited: isLorawan }
  return { ...acceptanceOf(facts), facts, ...join }
}

/** At how many moments something of the device was stored; counted no further than needed. */
async function timesHeard(
  { queries, clock }: Services,
  own: readonly SeriesDefinition[],
  isLorawan: boolean,
  from: number
): Promise<number> {
  // Each frame has one of these, whatever it measures.
  const links = isLorawan ? own.filter(({ metric }) => metric === 'rssi') : []
  const asked = (links.length > 0 ? links : own).slice(0, seriesAsked)
  const times = new Set<string>()
  for (const { id } of asked) {
    const query = { series: [id], from, to: clock.now() + aheadMs, limit: enoughHeard }
    const { t } = JSON.parse(Buffer.from(await queries.rows(query, [])).toString()) as { readonly t: readonly string[] }
    for (const time of t) times.add(time)
    if (times.size >= enoughHeard) break
  }
  return times.size
}
