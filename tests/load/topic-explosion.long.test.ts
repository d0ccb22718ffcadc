import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { expectBalanced, extent, metricsOf, startedSen } from '../durability/load-run.fixture.ts'
import { publish } from '../protocol/packets.ts'
import type { Login } from '../protocol/mutations.ts'
import { Wire } from '../protocol/wire.ts'
import type { SenProcess } from '../sen-process.ts'
import { isAtRest } from '../sen-process.ts'
import type { Accounts } from '../sen-process.ts'
import { HealthWatch } from './health-watch.ts'
import { addDevice, addSite, mqttPortOf, refusedCount } from './overload.fixture.ts'
import { ResidentWatch, mib, residentBytes } from './resident.ts'

/* Somebody with a good credential makes up topics, devices and metrics. */
const topics = extent(30_000, 100_000, 1_000_000)

let sen: SenProcess
let token: string
let site: Login
let port: number

beforeEach(async () => {
  // A quota beyond what comes here: it is the topics that are on trial.
  ;({ sen, token } = await startedSen({ environment: { SEN_DEVICE_RATE: '100000' } }))
  site = await addSite(sen, token, 's')
  port = mqttPortOf(sen)
})

afterEach(async () => {
  await sen.remove()
})

async function atRest(): Promise<Accounts['messages']> {
  return (await sen.getUntil<Accounts>('/accounting', token, isAtRest)).messages
}

describe('topics without end', { timeout: extent(180_000, 300_000, 1_200_000) }, () => {
  it('of a device end its connection at the first that is not its own, and nothing is kept', async () => {
    const login = await addDevice(sen, token, 's', 'd')
    const wire = await Wire.open(port)
    await wire.login({ clientId: 'd', ...login })
    for (let i = 0; i < topics; i += 1000) {
      wire.send(
        ...Array.from({ length: 1000 }, (_, k) =>
          publish({ topic: `site/s/d/state-${i + k}`, payload: '1', isRetained: k % 2 === 1 })
        )
      )
      await turn()
    }
    await wire.closed()
    expect(await refusedCount(sen, token, 'topic-unknown')).toBe(1)
    expect(await atRest()).toMatchObject({ received: 0 })
  })

  it('of a site, for devices that nobody registered, are set aside and counted, each one, in bounded memory', async () => {
    const wire = await Wire.open(port)
    await wire.login({ clientId: 'gateway', ...site })
    const baseBytes = residentBytes(sen.ready.pid)
    const memory = new ResidentWatch(sen.ready.pid)
    const health = new HealthWatch(sen.ready.http)
    const payload = '{"air_temperature":20}'
    for (let i = 1; i <= topics; i++) {
      // Telemetry and states in turn, half of them retained.
      const topic = `site/s/unknown-${i}/${i % 2 === 0 ? 'telemetry' : 'status'}`
      wire.send(publish({ topic, payload, qos: 1, id: ((i - 1) % 60_000) + 1, isRetained: i % 4 < 2 }))
      if (i % 500 === 0) await wire.nextOf('puback', 500)
    }
    const messages = await atRest()
    const grownBytes = (await memory.end()) - baseBytes
    const { failures, slowestMs } = await health.end()
    console.log(
      `topics: ${topics} of unknown devices, memory +${Math.round(grownBytes / mib)} MiB, /healthz at most ${Math.round(slowestMs)} ms`
    )
    expect(messages).toMatchObject({ received: topics, quarantined: topics / 2, event: topics / 2 })
    await expectBalanced(sen, token)
    expect((await metricsOf(sen, token)).get('sen_quarantined_total{reason="unclaimed"}')).toBe(topics / 2)
    expect(failures).toBe(0)
    expect(slowestMs).toBeLessThanOrEqual(1000)
    expect(grownBytes).toBeLessThanOrEqual(256 * mib)

    // No state is kept for a device that does not exist.
    const later = await Wire.open(port)
    await later.login({ clientId: 'later', ...site })
    await later.subscribe('site/s/#', 1)
    await later.settle()
    expect(later.received).toEqual([])
  })

  it('of metrics make no series but those of the catalogue; the other fields are counted', async () => {
    const login = await addDevice(sen, token, 's', 'd')
    const catalogue = (await sen.get('/metrics', token)) as { readonly items: readonly { readonly name: string }[] }
    const known = catalogue.items.map(({ name }) => name)
    const wire = await Wire.open(port)
    await wire.login({ clientId: 'd', ...login })
    const rounds = 100
    const madeUp = 900
    for (let round = 0; round < rounds; round++) {
      const fields = Array.from({ length: madeUp }, (_, i) => [`m${round}_${i}`, i] as const)
      const payload = JSON.stringify({ seq: round, ...Object.fromEntries(fields) })
      await wire.publish({ topic: 'site/s/d/telemetry', payload, qos: 1 })
    }
    expect(await atRest()).toMatchObject({ received: rounds, stored: rounds })
    const latest = (await sen.get('/readings/latest?device=d', token)) as {
      readonly items: readonly { readonly metric: string }[]
    }
    expect(latest.items.map(({ metric }) => metric)).toEqual(['seq'])
    expect((await metricsOf(sen, token)).get('sen_unmapped_fields_total')).toBe(rounds * madeUp)

    // All that the catalogue has, and no more: that many series are the most one device can have.
    const everything = Object.fromEntries(known.map(name => [name, 1]))
    await wire.publish({ topic: 'site/s/d/telemetry', payload: JSON.stringify(everything), qos: 1 })
    await atRest()
    const all = (await sen.get('/readings/latest?device=d', token)) as typeof latest
    console.log(`topics: one device has at most ${all.items.length} series of ${known.length} metrics`)
    expect(all.items.length).toBeLessThanOrEqual(known.length)
    await wire.leave()
  })
})
