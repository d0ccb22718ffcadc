import { expect } from 'vitest'
import { metricsOf, post } from '../durability/load-run.fixture.ts'
import type { Login } from '../protocol/mutations.ts'
import type { SenProcess } from '../sen-process.ts'

/** Other programs share the machine: below this a 99th percentile says more about them, ms. */
const quietMs = 250

/** Prints both, and demands that others' PUBACK latency is at most twice what it is without the disturbance. */
export function expectWithinTwice(what: string, calmMs: number, disturbedMs: number): void {
  console.log(`${what}: PUBACK p99 of the others ${calmMs.toFixed(1)} ms before, ${disturbedMs.toFixed(1)} ms during`)
  expect(disturbedMs).toBeLessThanOrEqual(Math.max(2 * calmMs, quietMs))
}

/** How often Sen has turned something away for this reason since it started. */
export async function refusedCount(sen: SenProcess, token: string, reason: string): Promise<number> {
  return (await metricsOf(sen, token)).get(`sen_refused_total{reason="${reason}"}`) ?? 0
}

/** Port of the plain MQTT door. */
export function mqttPortOf(sen: SenProcess): number {
  return Number(new URL(sen.ready.mqtt ?? '').port)
}

/** Adds a site. @returns a login for everything below it. */
export async function addSite(sen: SenProcess, token: string, site: string): Promise<Login> {
  await post(sen, token, '/sites', { id: site, name: site })
  return (await post(sen, token, `/sites/${site}/credentials`, {})) as Login
}

/** Adds a device with the load generator's profile. @returns its login. */
export async function addDevice(sen: SenProcess, token: string, site: string, id: string): Promise<Login> {
  const { mqtt } = (await post(sen, token, '/devices', { id, name: id, site, profile: 'load' })) as {
    readonly mqtt: Login
  }
  return mqtt
}
