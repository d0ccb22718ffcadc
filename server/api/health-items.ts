import type { HealthChanges } from '../../devices/health/fold-state.ts'
import type { DeviceHealth, GatewayHealth, HealthEvent } from '../../model/health.ts'
import type { Actor } from '../auth/authorise.ts'
import type { Services } from '../services.ts'
import { mayRead } from './actor.ts'
import { objectOfDevice } from './objects.ts'

const time = (at: number | undefined) => (at === undefined ? null : new Date(at).toISOString())
const rounded = (value: number | undefined, digits: number) =>
  value === undefined || !Number.isFinite(value) ? null : Number(value.toFixed(digits))

/**
 * A device's health as the API says it; `null` where something is not known.
 *
 * @param isLorawan - its radio must join before anything can be heard of it, unless its keys are fixed (ABP).
 */
export function deviceHealthItem(health: DeviceHealth, isLorawan: boolean) {
  const { battery, clockBehindMs } = health
  return {
    state: health.state,
    since: health.since === 0 ? null : time(health.since),
    lastSeenAt: time(health.lastSeenAt),
    ...joinItem(health, isLorawan),
    intervalS: rounded(health.intervalMs === undefined ? undefined : health.intervalMs / 1000, 0),
    behindGateway: health.behindGateway ?? null,
    marginDb: rounded(health.marginDb, 1),
    lossPercent: rounded(health.lossPercent, 1),
    battery: battery ? { metric: battery.metric, value: battery.value, daysLeft: battery.daysLeft ?? null } : null,
    isExternallyPowered: health.isExternallyPowered,
    clock: clockBehindMs === undefined ? 'right' : 'wrong',
    clockBehindS: rounded(clockBehindMs === undefined ? undefined : clockBehindMs / 1000, 0),
    gateways: health.gateways.map(({ gateway, share, lastAt }) => ({
      ...{ gateway, share: rounded(share, 2), lastHeardAt: time(lastAt) }
    })),
    doubts: health.doubts.map(({ metric, kind, since }) => ({ metric, kind, since: time(since) }))
  }
}

/**
 * When the device joined its network, and whether that is awaited: nothing has come from its hardware yet. Of one that was
 * heard, and not seen joining, it is not: it had joined before, or needs none (ABP).
 */
export function joinItem({ joinedAt, isHardwareHeard }: DeviceHealth, isLorawan: boolean) {
  return { joinedAt: time(joinedAt), isJoinAwaited: isLorawan && !isHardwareHeard }
}

/** A gateway's health as the API says it. */
export function gatewayHealthItem(health: GatewayHealth) {
  return {
    state: health.state,
    since: health.since === 0 ? null : time(health.since),
    lastSeenAt: time(health.lastSeenAt),
    devices: health.devices
  }
}

/** Which devices and gateways somebody may see. */
export function sightOf(services: Services, actor: Actor) {
  const { devices, gateways } = services.registry
  return {
    seesDevice: (id: string): boolean => {
      const found = devices.get(id)
      return found !== undefined && mayRead(services, actor, objectOfDevice(services, found))
    },
    seesGateway: (id: string): boolean => {
      const found = gateways.get(id)
      return found !== undefined && [found.owner, ...found.sharedWith].some(owner => mayRead(services, actor, owner))
    }
  }
}

/** An event as the API says it; of its devices those that the actor may see. */
export function healthEventItem(event: HealthEvent, { seesDevice }: Pick<ReturnType<typeof sightOf>, 'seesDevice'>) {
  return {
    id: event.id,
    kind: event.kind,
    device: event.device ?? null,
    gateway: event.gateway ?? null,
    metric: event.metric ?? null,
    openedAt: time(event.openedAt),
    since: time(event.since),
    endedAt: time(event.endedAt),
    silentDevices: event.silentDevices.filter(seesDevice),
    heardElsewhere: event.heardElsewhere.filter(seesDevice)
  }
}

/** Whether the device speaks LoRaWAN, by its profile. */
export function isLorawan({ registry, profiles }: Services, id: string): boolean {
  return profiles.get(registry.devices.get(id)?.profile ?? '')?.profile.payload === 'lorawan'
}

/** What of the changes somebody may see; `undefined` for nothing. */
export function visibleChanges(services: Services, actor: Actor, changes: HealthChanges) {
  const sight = sightOf(services, actor)
  const { seesDevice, seesGateway } = sight
  const devices = changes.devices
    .filter(({ device }) => seesDevice(device))
    .map(health => ({ id: health.device, health: deviceHealthItem(health, isLorawan(services, health.device)) }))
  const gateways = changes.gateways
    .filter(({ gateway }) => seesGateway(gateway))
    .map(health => ({
      id: health.gateway,
      linkInUse: health.link ?? services.registry.gateways.get(health.gateway)?.link ?? null,
      health: gatewayHealthItem(health)
    }))
  const events = changes.events
    .filter(({ device, gateway }) => (device !== undefined ? seesDevice(device) : seesGateway(gateway ?? '')))
    .map(event => healthEventItem(event, sight))
  return devices.length + gateways.length + events.length === 0 ? undefined : { devices, gateways, events }
}
