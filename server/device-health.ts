import type { DeviceHealth, GatewayHealth, HealthEvent, Liveness } from '../model/health.ts'
import type { HealthEventQuery } from '../storage/state/health-store.ts'

/** Questions about the health of devices and gateways, as they cross to its thread. */
export interface DeviceHealthQueries {
  /** In the order asked for; `undefined` for a device that is not registered. */
  devices(ids: readonly string[]): Promise<readonly (DeviceHealth | undefined)[]>
  gateways(ids: readonly string[]): Promise<readonly (GatewayHealth | undefined)[]>
  /** Registered devices by state. */
  counts(): Promise<Readonly<Record<Liveness, number>>>
  /** Newest first. */
  events(query: HealthEventQuery): Promise<readonly HealthEvent[]>
}
