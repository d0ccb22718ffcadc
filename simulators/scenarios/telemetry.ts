import type { Published } from './scenario.ts'

/** A report of a device that sends JSON over plain MQTT: names of the metric catalogue → values, and `ts` where it has a clock. */
export type Report = Readonly<Record<string, number | string | boolean>>

/** @returns the device's report, or several in one message, on its topic with its site's login. */
export function telemetry(
  device: { readonly id: string; readonly site: string },
  reports: Report | readonly Report[],
  at: number
): Published {
  const { id, site } = device
  const topic = `site/${site}/${id}/telemetry`
  return { kind: 'publish', at, line: `site:${site}`, topic, payload: JSON.stringify(reports) }
}

/** @returns the number with so many decimals, as devices send it. */
export function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals))
}
