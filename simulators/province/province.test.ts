import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ngheAnOrganisations } from '../../devices/places/nghe-an-organisations.ts'
import { device, gateway, organisation, site } from '../../model/registry.ts'
import { metricCatalogue } from '../../model/metric.ts'
import { farms, outageNear } from './farms.ts'
import { distanceM } from './geography.ts'
import { devAddr, gateways, kimLienCentre, loraDevices } from './kim-lien.ts'
import { Province } from './province.ts'
import type { SimulatedMessage } from './province.ts'
import { provisioning } from './provisioning.ts'
import { snrFloorDb } from './radio.ts'

const now = Date.parse('2026-11-23T09:00:00+07:00')
const province = new Province({ devices: 60, rate: 5, seed: 1 })
const minute = 5 * 60

const uplink = z.strictObject({
  deduplicationId: z.uuid(),
  time: z.iso.datetime({ offset: true }),
  deviceInfo: z.strictObject({
    tenantId: z.uuid(),
    tenantName: z.string(),
    applicationId: z.uuid(),
    applicationName: z.string(),
    deviceProfileId: z.uuid(),
    deviceProfileName: z.string(),
    deviceName: z.string(),
    devEui: z.string().regex(/^[0-9a-f]{16}$/),
    deviceClassEnabled: z.literal('CLASS_A'),
    tags: z.record(z.string(), z.string())
  }),
  devAddr: z.string().regex(/^0[01][0-9a-f]{6}$/),
  adr: z.literal(true),
  dr: z.int().min(0).max(5),
  fCnt: z.int().min(0).max(0xffff_ffff),
  fPort: z.int(),
  confirmed: z.literal(false),
  data: z.base64(),
  rxInfo: z
    .array(
      z.strictObject({
        gatewayId: z.string().regex(/^[0-9a-f]{16}$/),
        uplinkId: z.int().min(0).max(0xffff_ffff),
        gwTime: z.iso.datetime({ offset: true }).optional(),
        nsTime: z.iso.datetime({ offset: true }),
        timeSinceGpsEpoch: z
          .string()
          .regex(/^\d+\.\d{3}s$/)
          .optional(),
        rssi: z.int().min(-140).max(-20),
        snr: z.number().min(-20).max(12),
        channel: z.int().min(0).max(7),
        rfChain: z.int(),
        location: z.object({ latitude: z.number(), longitude: z.number(), altitude: z.number() }),
        context: z.base64(),
        metadata: z.record(z.string(), z.string()),
        crcStatus: z.literal('CRC_OK')
      })
    )
    .min(1),
  txInfo: z.object({
    frequency: z.int(),
    modulation: z.object({
      lora: z.object({ bandwidth: z.literal(125_000), spreadingFactor: z.int(), codeRate: z.literal('CR_4_5') })
    })
  }),
  regionConfigId: z.literal('as923_2')
})

const messages = (turns: number): SimulatedMessage[] => {
  const last = province.turnAt(now)
  return Array.from({ length: turns }, (_, i) => province.message(last - i)).filter(message => message !== undefined)
}
const uplinks = (turns: number): z.infer<typeof uplink>[] =>
  messages(turns)
    .filter(({ route }) => route === 'connector')
    .map(({ payload }) => uplink.parse(JSON.parse(payload)))

describe('provisioning', () => {
  const { organisations, sites, devices, gateways: registered = [] } = provisioning({ devices: 60, seed: 1 })

  test('gives what the registry accepts, owners before what they own', () => {
    z.array(organisation).parse(organisations)
    z.array(site).parse(sites)
    z.array(device).parse(devices)
    z.array(gateway).parse(registered)
    const owners = new Set(organisations.map(({ id }) => id))
    const places = new Set(sites.map(({ id }) => id))
    expect(sites.every(each => owners.has(each.organisation))).toBe(true)
    expect(devices.every(each => places.has(each.site))).toBe(true)
    expect(new Set(devices.map(({ id }) => id)).size).toBe(devices.length)
  })

  test('has the commune as the set of the province has it', () => {
    expect(organisations[0]).toEqual(ngheAnOrganisations.find(({ id }) => id === 'xa-kim-lien'))
    expect(organisations.map(({ kind }) => kind)).toEqual(['commune', 'cooperative', 'household'])
  })

  test('has three gateways of the commune, one of them shared with a cooperative that is there', () => {
    expect(registered.map(({ id }) => id)).toEqual(gateways.map(({ id }) => id))
    expect(registered.map(({ owner }) => owner)).toEqual(['xa-kim-lien', 'xa-kim-lien', 'xa-kim-lien'])
    const shared = registered.flatMap(({ sharedWith }) => sharedWith)
    expect(shared).toEqual(['htx-nam-dan'])
    expect(organisations.map(({ id }) => id)).toContain('htx-nam-dan')
  })

  test('has 30 soil probes, 30 air sensors and ten farm devices', () => {
    const count = (profile: string): number => devices.filter(each => each.profile === profile).length
    expect([count('dragino-lse01'), count('milesight-em300-th'), count('json-weather')]).toEqual([30, 30, 10])
  })

  test('keeps the ids when the seed changes, and moves the devices', () => {
    const other = provisioning({ devices: 60, seed: 2 })
    expect(other.devices.map(({ id }) => id)).toEqual(devices.map(({ id }) => id))
    expect(other.devices).not.toEqual(devices)
    expect(provisioning({ devices: 60, seed: 1 }).devices).toEqual(devices)
  })

  test('puts the LoRaWAN devices inside the commune', () => {
    for (const each of devices.filter(({ profile }) => profile !== 'json-weather')) {
      if (each.mounting?.position === undefined) throw new Error(`${each.id} has no position`)
      expect(distanceM(kimLienCentre, each.mounting.position)).toBeLessThan(4_500)
    }
  })

  test('makes ten thousand devices with ids of their own', () => {
    const many = provisioning({ devices: 10_000, seed: 1 }).devices
    expect(new Set(many.map(({ id }) => id)).size).toBe(10_010)
  })
})

describe('uplinks', () => {
  test('have the shape of ChirpStack v4 events', () => {
    const events = uplinks(10 * minute)
    expect(events.length).toBeGreaterThan(2_000)
    expect(messages(100).find(({ route }) => route === 'connector')?.topic).toMatch(
      /^application\/[0-9a-f-]{36}\/device\/[0-9a-f]{16}\/event\/up$/
    )
  })

  test('are heard above the demodulation floor only, best gateway first', () => {
    for (const { rxInfo, txInfo, dr } of uplinks(10 * minute)) {
      const sf = txInfo.modulation.lora.spreadingFactor
      expect(dr).toBe(12 - sf)
      const floor = Object.entries(snrFloorDb).find(([factor]) => Number(factor) === sf)?.[1] ?? 0
      for (const { snr } of rxInfo) expect(snr).toBeGreaterThanOrEqual(floor)
      expect(rxInfo.map(({ snr }) => snr)).toEqual(rxInfo.map(({ snr }) => snr).sort((a, b) => b - a))
    }
  })

  test('come from all gateways, with several spreading factors, and a few are lost', () => {
    const events = uplinks(20 * minute)
    const gatewayIds = new Set(events.flatMap(({ rxInfo }) => rxInfo.map(({ gatewayId }) => gatewayId)))
    expect(gatewayIds).toEqual(new Set(gateways.map(({ id }) => id)))
    expect(new Set(events.map(({ dr }) => dr)).size).toBeGreaterThan(2)
    const sent = (20 * minute * 60) / 70
    expect(events.length).toBeGreaterThan(sent * 0.9)
    expect(events.length).toBeLessThan(sent * 0.995)
  })

  test('count frames one by one for each device', () => {
    const byDevice = new Map<string, number[]>()
    for (const { deviceInfo, fCnt } of uplinks(30 * minute))
      byDevice.set(deviceInfo.devEui, [...(byDevice.get(deviceInfo.devEui) ?? []), fCnt])
    expect(byDevice.size).toBe(60)
    for (const counts of byDevice.values()) {
      expect(new Set(counts).size).toBe(counts.length)
      // Newest first; 30 minutes are 129 turns of a device, some unheard.
      expect((counts[0] ?? 0) - (counts.at(-1) ?? 0)).toBeLessThan(130)
    }
  })

  test('begin a new session when the interval changes, so a count never falls back within one', () => {
    const [first] = loraDevices({ devices: 1, seed: 1 })
    if (first === undefined) throw new Error('no device')
    expect(devAddr(first, 1, 14_000)).toBe(devAddr(first, 1, 14_000))
    expect(devAddr(first, 1, 14_000)).not.toBe(devAddr(first, 1, 7_000))
  })
})

describe('the province', () => {
  test('is the same after a restart, and another one with another seed', () => {
    const turn = province.turnAt(now)
    const again = new Province({ devices: 60, rate: 5, seed: 1 })
    const other = new Province({ devices: 60, rate: 5, seed: 2 })
    const of = (each: Province): unknown[] => Array.from({ length: 200 }, (_, i) => each.message(turn - i))
    expect(of(again)).toEqual(of(province))
    expect(of(other)).not.toEqual(of(province))
  })

  test('shows a newcomer every device once, by messages of their own turns', () => {
    const newest = province.newestMessages(now)
    expect(newest).toHaveLength(70)
    const recent = new Set(messages(50 * 70).map(({ payload }) => payload))
    expect(newest.every(({ payload }) => recent.has(payload))).toBe(true)
  })

  test('turns follow each other evenly, none after the moment asked for', () => {
    const turn = province.turnAt(now)
    expect(province.timeOf(turn)).toBeLessThanOrEqual(now)
    expect(province.timeOf(turn + 1)).toBeGreaterThan(now)
    expect(province.timeOf(turn + 5) - province.timeOf(turn)).toBe(1_000)
  })

  test('farms speak in metrics of the catalogue, within their range', () => {
    const bodies = [...messages(24 * 60 * 5), ...province.lateUploads(now - 3_600_000, now)]
      .filter(({ route }) => route !== 'connector')
      .flatMap(({ payload }): unknown[] => [JSON.parse(payload)].flat())
    const values = z
      .array(z.record(z.string(), z.number()))
      .parse(bodies)
      .flatMap(sample => Object.entries(sample))
    expect(values.length).toBeGreaterThan(1_000)
    for (const [name, value] of values.filter(([name]) => name !== 'ts')) {
      const metric = metricCatalogue.get(name)
      expect(metric, name).toBeDefined()
      expect(value, name).toBeGreaterThanOrEqual(metric?.min ?? 0)
      expect(value, name).toBeLessThanOrEqual(metric?.max ?? 0)
    }
  })

  test('what a farm measured offline arrives later, once, and nothing of it before', () => {
    const farm = farms.find(({ goesOffline }) => goesOffline)
    const from = Math.floor(now / 1_200_000) * 1_200_000
    const outage = farm && outageNear(farm, 1, from)
    if (farm === undefined || outage === undefined) throw new Error('no outage')
    const live = Array.from({ length: 1_200 * 5 }, (_, i) => province.message(province.turnAt(from) + i))
      .filter(message => message !== undefined && message.route !== 'connector' && message.route.site === farm.site)
      .map(message => z.object({ ts: z.number() }).parse(JSON.parse(message?.payload ?? '')).ts)
    const uploads = Array.from({ length: 1_200 }, (_, s) => province.lateUploads(from + s * 1e3, from + (s + 1) * 1e3))
    const late = uploads
      .flat()
      .flatMap(({ payload }) => z.array(z.object({ ts: z.number() })).parse(JSON.parse(payload)))
      .map(({ ts }) => ts)
    const isInside = (ts: number): boolean => ts >= outage.from && ts < outage.to
    expect(live.some(isInside)).toBe(false)
    expect(late.every(isInside)).toBe(true)
    expect(new Set(late).size).toBe(late.length)
    // Five devices take five turns of 70: 5 / 70 × 5 a second.
    expect(Math.abs(late.length - ((outage.to - outage.from) / 14_000) * 5)).toBeLessThanOrEqual(5)
    expect(province.lateUploads(from, from + 1_200_000).flatMap(({ payload }) => JSON.parse(payload))).toHaveLength(
      late.length
    )
  })
})
