import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '../model/clock.ts'
import { systemClock } from '../model/clock.ts'
import { SenError } from '../model/errors.ts'
import type { Log } from '../model/log.ts'
import { silentLog } from '../model/log.ts'
import { MqttPublisher } from './mqtt-publisher.ts'
import type { Credential } from './mqtt-publisher.ts'
import { farms } from './province/farms.ts'
import type { Farm } from './province/farms.ts'
import { Province } from './province/province.ts'
import type { SimulatedMessage } from './province/province.ts'
import { defaultLoraDevices } from './province/provisioning.ts'

export interface SimulationCredentials {
  /** Opens `application/+/device/+/event/+`. */
  readonly connector: Credential
  /** Site id → the credential that opens `site/{site}/#`. Both farms need one. */
  readonly sites: Readonly<Record<string, Credential>>
}

export interface SimulationOptions {
  /** Broker, for example `mqtt://127.0.0.1:1883`. */
  readonly url: string
  readonly credentials: SimulationCredentials
  /** Number of LoRaWAN devices, as given to `provisioning`; the farms' ten come on top. Default 60, at most 65,535. */
  readonly devices?: number
  /** Messages a second of the clock, of all devices together. Default 5. */
  readonly rate?: number
  /** Decides values, places and radio; the one given to `provisioning`. Default 1. */
  readonly seed?: number
  /** A scaled clock makes everything run faster: measurements, pace and outages follow it. Default: the machine's. */
  readonly clock?: Clock
  /** Ends the simulation: nothing new is published then, and what is in flight has two seconds to be acknowledged. */
  readonly signal: AbortSignal
  readonly log?: Log
  /** Called about once a second, and at the end. */
  readonly onProgress?: (report: SimulationReport) => void
}

export interface SimulationReport {
  /** Messages handed over for sending. */
  readonly published: number
  readonly acknowledged: number
  /** Messages lost because a broker was away for so long that an outbox (10,000 messages) was full. */
  readonly dropped: number
}

const tickMs = 50
/** Machine time over which the devices' first messages are spread. */
const firstMessagesMs = 1_200
const lastAcknowledgementsMs = 2_000
/** Turns made up for at once after the machine slept; older ones are left out. */
const catchUpTurns = 10_000

/**
 * Publishes the simulated province over real MQTT connections (3.1.1, QoS 1) until `signal` aborts: one as ChirpStack's
 * network server, one per farm. Every device's newest message goes out within 2 s, then they take turns. Reconnects by
 * itself; what is not acknowledged is sent again.
 *
 * Deterministic: the messages of a period of the clock depend on devices, rate and seed alone.
 *
 * @throws SenError SEN_INPUT_INVALID if an option is out of range or a farm has no credential. A broker that is away or
 * refuses the credential is no error: it is tried again twice a second, and logged.
 */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const { devices = defaultLoraDevices, rate = 5, seed = 1, clock = systemClock, signal, onProgress } = options
  check(
    'devices',
    devices,
    'a whole number from 0 to 65,535',
    Number.isInteger(devices) && devices >= 0 && devices < 65_536
  )
  check('rate', rate, 'above 0 and at most 20,000', rate > 0 && rate <= 20_000)
  const province = new Province({ devices, rate, seed })
  const lines = openLines(options)

  const report = (): SimulationReport => ({
    published: lines.sum('published'),
    acknowledged: lines.sum('acknowledged'),
    dropped: lines.sum('dropped')
  })
  const begin = clock.now()
  const first = province.newestMessages(begin)
  const firstPerTick = Math.ceil((first.length * tickMs) / firstMessagesMs)
  let turn = province.turnAt(begin)
  let upTo = begin
  for (let tick = 1; !signal.aborted; tick++) {
    for (const message of first.splice(0, firstPerTick)) lines.publish(message)
    const now = Math.max(upTo, clock.now())
    if (first.length === 0) lines.followOutages(farm => province.isOffline(farm, now))
    const last = province.turnAt(now)
    for (turn = Math.max(turn, last - catchUpTurns); turn < last;) {
      const message = province.message(++turn)
      if (message !== undefined) lines.publish(message)
    }
    for (const message of province.lateUploads(upTo, now)) lines.publish(message)
    upTo = now
    if (tick % (1_000 / tickMs) === 0) onProgress?.(report())
    await wait(tickMs, undefined, { signal }).catch(() => undefined)
  }
  await lines.close(AbortSignal.timeout(lastAcknowledgementsMs))
  onProgress?.(report())
  return report()
}

/** The connections, and the way of a message to its own. */
function openLines({ url, credentials, signal, log = silentLog }: SimulationOptions) {
  const line = (name: string, credential: Credential): MqttPublisher =>
    new MqttPublisher({ url, credential, clientId: `simulator-${name}-${process.pid}`, log })
  const connector = line('connector', credentials.connector)
  const farmLines = new Map(
    farms.map(({ site }) => {
      const credential = credentials.sites[site]
      if (credential === undefined)
        throw new SenError('SEN_INPUT_INVALID', `simulate: no credential for the site ${site}`)
      return [site, line(site, credential)]
    })
  )
  const all = [connector, ...farmLines.values()]
  for (const each of all) each.connect()

  return {
    publish({ route, topic, payload }: SimulatedMessage): void {
      const to = route === 'connector' ? connector : farmLines.get(route.site)
      to?.publish({ topic, payload })
    },
    followOutages(isOffline: (farm: Farm) => boolean): void {
      for (const farm of farms) {
        const publisher = farmLines.get(farm.site)
        if (isOffline(farm)) void publisher?.disconnect(signal)
        else publisher?.connect()
      }
    },
    sum: (count: 'published' | 'acknowledged' | 'dropped'): number =>
      all.reduce((total, publisher) => total + publisher[count], 0),
    async close(deadline: AbortSignal): Promise<void> {
      await Promise.all(
        all.map(async publisher => {
          await publisher.drained(deadline)
          await publisher.disconnect(deadline)
        })
      )
    }
  }
}

function check(name: string, value: number, rule: string, isRight: boolean): void {
  if (!isRight) throw new SenError('SEN_INPUT_INVALID', `simulate: ${name} is ${value}, must be ${rule}`)
}
