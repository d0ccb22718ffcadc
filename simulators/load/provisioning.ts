import { rootOrganisation } from '../../model/registry.ts'
import type { Provisioning } from '../province/provisioning.ts'

export interface LoadPlan {
  /** Begins all ids of the run, so that runs do not meet: letters, digits, `.`, `_`, `-`; at most 40. Default `load`. */
  readonly runId?: string
  /** Default 1,000. */
  readonly devices?: number
  /** Sites, each with a credential of its own. Default 100. */
  readonly sites?: number
}

/** Id of the site of connection or gateway `s` (from 0). */
export function loadSite(runId: string, s: number): string {
  return `${runId}-${String(s).padStart(3, '0')}`
}

/** Id of device `d` (from 0). */
export function loadDevice(runId: string, d: number): string {
  return `${runId}-dev${String(d).padStart(5, '0')}`
}

/** What has to be in the registry before a load run: device `d` stands at site `d mod sites`, with the profile `load`. Pure. */
export function loadProvisioning({ runId = 'load', devices = 1_000, sites = 100 }: LoadPlan = {}): Provisioning {
  return {
    organisations: [],
    sites: Array.from({ length: sites }, (_, s) => ({
      id: loadSite(runId, s),
      name: `Load ${runId}, site ${s}`,
      organisation: rootOrganisation
    })),
    devices: Array.from({ length: devices }, (_, d) => ({
      id: loadDevice(runId, d),
      name: `Load ${runId}, device ${d}`,
      site: loadSite(runId, d % sites),
      profile: 'load'
    }))
  }
}
