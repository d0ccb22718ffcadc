import type { Device } from './registry.ts'

/** Metrics whose values are heights of water: without an offset to the site's datum they are only relative. */
export const datumMetrics: ReadonlySet<string> = new Set(['water_level'])

/**
 * Says whether a device measures water levels that nobody has levelled: "chưa có cao trình". Flood alarm levels (báo động)
 * are heights above the station's datum (Quyết định 05/2020/QĐ-TTg), so nothing may be compared with them until
 * `mounting.datumOffset` is set.
 *
 * @param metrics - names of what the device's profile can give.
 */
export function lacksDatum(device: Pick<Device, 'mounting'>, metrics: Iterable<string>): boolean {
  if (device.mounting?.datumOffset !== undefined) return false
  for (const metric of metrics) if (datumMetrics.has(metric)) return true
  return false
}
