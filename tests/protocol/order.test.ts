import { describe, expect, it } from 'vitest'
import { between } from '../../simulators/seeded-random.ts'
import { doorOfEachTest, telemetry } from './broker.fixture.ts'
import { puback, pubcomp, publish, pubrec, pubrel } from './packets.ts'

/* Section 4.6, and the order in which Sen acknowledges. */
const door = doorOfEachTest()
const seed = Number(process.env['SEN_SEED'] ?? 4_242)
const numbers = (count: number, first = 1) => Array.from({ length: count }, (_, i) => i + first)
const message = (id: number, qos = 1) => publish({ topic: telemetry, payload: `${id}`, qos, id })
/** Lets the server take in what was sent, as one group of its own. */
const turn = () => new Promise(resolve => setTimeout(resolve, 1))

describe('acknowledgements', () => {
  it('[MQTT-4.6.0-2] of 1,000 pipelined QoS 1 messages come in their order, and so does the log', async () => {
    const wire = await door().login()
    wire.send(...numbers(1000).map(id => message(id)))
    expect((await wire.nextOf('puback', 1000)).map(({ id }) => id)).toEqual(numbers(1000))
    expect(door().journal.payloads).toEqual(numbers(1000).map(String))
  })

  it('[MQTT-4.6.0-3] of 60 pipelined QoS 2 messages come in their order', async () => {
    const wire = await door().login()
    wire.send(...numbers(60).map(id => message(id, 2)))
    expect((await wire.nextOf('pubrec', 60)).map(({ id }) => id)).toEqual(numbers(60))
    wire.send(...numbers(60).map(pubrel))
    expect((await wire.nextOf('pubcomp', 60)).map(({ id }) => id)).toEqual(numbers(60))
  })

  it(`come in order when the groups of the journal end in any order (seed ${seed})`, { timeout: 60_000 }, async () => {
    const { journal } = door()
    journal.isHeld = true
    const wires = await Promise.all(numbers(4).map(i => door().login({ clientId: `c${i}` })))
    for (const wire of wires) wire.socket.setNoDelay(true)
    const sending = (async () => {
      for (const id of numbers(250)) {
        for (const wire of wires) wire.send(message(id))
        await turn()
      }
    })()
    let picked = 0
    let mostWaiting = 0
    let quietTurns = 0
    let waited = 0
    const acknowledged = () => wires.every(wire => wire.received.length === 250)
    while (!acknowledged()) {
      await turn()
      const { waiting } = journal
      mostWaiting = Math.max(mostWaiting, waiting.length)
      quietTurns = waiting.length === waited ? quietTurns + 1 : 0
      waited = waiting.length
      // Once eight groups wait, or no more come because the connections are held: one of them ends, whichever.
      if (waiting.length < 8 && quietTurns < 20) continue
      waiting.splice(Math.floor(between(0, waiting.length, seed, picked++)), 1)[0]?.resolve()
    }
    await sending
    expect(mostWaiting).toBeGreaterThan(3)
    for (const wire of wires) {
      expect(wire.received.map(packet => (packet.kind === 'puback' ? packet.id : undefined))).toEqual(numbers(250))
    }
    for (const wire of wires) {
      const own = journal.messages.filter(({ clientId }) => clientId.endsWith(`c${wires.indexOf(wire) + 1}`))
      expect(own.map(({ packetId }) => packetId)).toEqual(numbers(250))
    }
  })
})

describe('delivery', () => {
  it.each([0, 1, 2] as const)('[MQTT-4.6.0-5] [MQTT-4.6.0-6] of QoS %i keeps the order of each topic', async qos => {
    const onlooker = await door().onlooker(telemetry, qos)
    const wire = await door().login()
    for (const id of numbers(60)) wire.send(message(id, Math.max(1, qos)))
    const payloads: string[] = []
    while (payloads.length < 60) payloads.push((await onlooker.message()).payload)
    expect(payloads).toEqual(numbers(60).map(String))
  })

  it('[MQTT-4.6.0-4] sends PUBREL in the order of the PUBRECs', async () => {
    const onlooker = await door().onlooker(telemetry, 2)
    const wire = await door().login()
    for (const id of numbers(10)) wire.send(message(id, 2))
    const ids = (await onlooker.nextOf('publish', 10)).map(({ id }) => id).toReversed()
    onlooker.send(...ids.map(pubrec))
    const released = (await onlooker.nextOf('pubrel', 10)).map(({ id }) => id)
    expect(released).toEqual(ids)
    onlooker.send(...released.map(pubcomp))
  })

  it.each([1, 2] as const)('[MQTT-4.6.0-1] of QoS %i is repeated in the order in which it began', async qos => {
    const lasting = { clientId: 'lasting', isClean: false }
    const first = await door().login(lasting)
    await first.subscribe(telemetry, qos)
    const other = await door().login({ clientId: 'other' })
    for (const id of numbers(30)) other.send(message(id, qos))
    const ids = (await first.nextOf('publish', 30)).map(({ id }) => id)
    await first.drop()
    const second = await door().login(lasting)
    const again = await second.nextOf('publish', 30)
    expect(again.map(({ payload }) => payload)).toEqual(numbers(30).map(String))
    expect(again.map(({ id }) => id)).toEqual(ids)
    second.send(...(qos === 1 ? ids.map(puback) : ids.map(pubrec)))
  })
})
