import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { extent, startedSen } from '../durability/load-run.fixture.ts'
import { publish, pubrel } from '../protocol/packets.ts'
import type { Login } from '../protocol/mutations.ts'
import { Wire } from '../protocol/wire.ts'
import type { SenProcess } from '../sen-process.ts'
import { isAtRest } from '../sen-process.ts'
import type { Accounts } from '../sen-process.ts'
import { addDevice, addSite, mqttPortOf, refusedCount } from './overload.fixture.ts'
import { ResidentWatch, mib } from './resident.ts'
import { storedNumbers } from './stored-numbers.ts'

/* QoS 2 messages that are never released. */
const mostHalfOpen = 64
const repeats = extent(5000, 20_000)

let sen: SenProcess
let token: string
let login: Login
let port: number

beforeEach(async () => {
  ;({ sen, token } = await startedSen())
  await addSite(sen, token, 's')
  login = await addDevice(sen, token, 's', 'd')
  port = mqttPortOf(sen)
})

afterEach(async () => {
  await sen.remove()
})

const firstTs = Date.now() - 600_000

function message(id: number, isDup = false): Buffer {
  const payload = JSON.stringify({ ts: firstTs + id, seq: id })
  return publish({ topic: 'site/s/d/telemetry', payload, qos: 2, id, isDup })
}

async function atRest(): Promise<Accounts['messages']> {
  return (await sen.getUntil<Accounts>('/accounting', token, isAtRest)).messages
}

describe('QoS 2 without PUBREL', { timeout: 120_000 }, () => {
  it('of 65,535 packet ids ends at the limit; after it has connected again the same ones stand, each message once', async () => {
    const memory = new ResidentWatch(sen.ready.pid)
    const wire = await Wire.open(port)
    await wire.login({ clientId: 'open', isClean: false, ...login })
    wire.send(...Array.from({ length: 65_535 }, (_, i) => message(i + 1)))
    await wire.closed(30_000)
    expect(await refusedCount(sen, token, 'half-open-limit')).toBe(1)
    expect(await atRest()).toMatchObject({ received: mostHalfOpen, stored: mostHalfOpen })

    const again = await Wire.open(port)
    expect(await again.login({ clientId: 'open', isClean: false, ...login })).toBe(true)
    const ids = Array.from({ length: mostHalfOpen }, (_, i) => i + 1)
    again.send(...ids.map(id => message(id, true)))
    expect((await again.nextOf('pubrec', mostHalfOpen)).map(({ id }) => id)).toEqual(ids)
    again.send(...ids.map(pubrel))
    await again.nextOf('pubcomp', mostHalfOpen)
    // Released, so there is room again.
    again.send(message(mostHalfOpen + 1))
    await again.next('pubrec')
    await again.leave()

    expect(await atRest()).toMatchObject({ received: mostHalfOpen + 1, stored: mostHalfOpen + 1 })
    expect(await storedNumbers(sen, token, 'd')).toEqual([...ids, mostHalfOpen + 1])
    console.log(`half-open: memory at most ${Math.round((await memory.end()) / mib)} MiB`)
  })

  it(`of one packet id, ${repeats} times, is answered each time and kept once`, async () => {
    const wire = await Wire.open(port)
    await wire.login({ clientId: 'same', ...login })
    wire.send(message(7), ...Array.from({ length: repeats - 1 }, () => message(7, true)))
    for (let i = 0; i < repeats; i++) expect(await wire.next('pubrec')).toEqual({ kind: 'pubrec', id: 7 })
    expect(await atRest()).toMatchObject({ received: 1, stored: 1 })
    wire.send(pubrel(7))
    await wire.next('pubcomp')
    await wire.leave()
  })
})
