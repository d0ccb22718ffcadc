import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { connect, parse, pingreq, publish } from './packets.ts'
import type { Received } from './packets.ts'
import { RegisteredSen } from './registered-sen.fixture.ts'

/* Chapter 6: MQTT over WebSocket, at `/mqtt` of the HTTP port. */
let on: RegisteredSen
const topic = 'site/s/d/telemetry'

beforeAll(async () => {
  on = await RegisteredSen.start(['d'])
}, 120_000)

afterAll(async () => {
  await on.sen.remove()
})

interface Door {
  readonly socket: WebSocket
  readonly received: Received[]
  readonly closed: Promise<void>
  next(): Promise<Received>
}

async function open(protocols: readonly string[] = ['mqtt']): Promise<Door> {
  const socket = new WebSocket(`${on.sen.ready.http.replace('http', 'ws')}/mqtt`, [...protocols])
  const received: Received[] = []
  let bytes: Buffer = Buffer.alloc(0)
  let wake = Promise.withResolvers<void>()
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) throw new Error('message: the server sent text')
    bytes = Buffer.concat([bytes, data])
    for (let found = parse(bytes); found; found = parse(bytes)) {
      received.push(found.packet)
      bytes = found.rest
    }
    wake.resolve()
    wake = Promise.withResolvers()
  })
  const closed = new Promise<void>(resolve => {
    socket.once('close', () => {
      resolve()
    })
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  const next = async (): Promise<Received> => {
    for (;;) {
      const packet = received.shift()
      if (packet) return packet
      await wake.promise
    }
  }
  return { socket, received, closed, next }
}

const hello = () => connect({ ...on.login('d'), clientId: 'web' })

describe('MQTT over WebSocket', () => {
  it('[MQTT-6.0.0-1] is binary frames: text closes the connection', async () => {
    const door = await open()
    door.socket.send(hello().toString('latin1'))
    await door.closed
    expect(door.received).toEqual([])
  })

  it('[MQTT-6.0.0-1] is binary frames: text behind a CONNECT closes it too', async () => {
    const door = await open()
    door.socket.send(hello())
    expect(await door.next()).toMatchObject({ kind: 'connack', code: 0 })
    door.socket.send('text')
    await door.closed
  })

  it('[MQTT-6.0.0-2] may have a packet in several frames, and several packets in one', async () => {
    const door = await open()
    for (const byte of hello()) door.socket.send(Buffer.from([byte]))
    expect(await door.next()).toMatchObject({ kind: 'connack', code: 0 })
    const one = publish({ topic, payload: '{"seq":1}', qos: 1, id: 1 })
    const two = publish({ topic, payload: '{"seq":2}', qos: 1, id: 2 })
    door.socket.send(Buffer.concat([one, two.subarray(0, 7)]))
    door.socket.send(Buffer.concat([two.subarray(7), pingreq]))
    const answers = [await door.next(), await door.next(), await door.next()]
    expect(answers).toEqual(
      expect.arrayContaining([{ kind: 'puback', id: 1 }, { kind: 'puback', id: 2 }, { kind: 'pingresp' }])
    )
    door.socket.close()
    await door.closed
  })

  it('[MQTT-6.0.0-3] [MQTT-6.0.0-4] is agreed on as "mqtt", which a client has to offer', async () => {
    const door = await open(['other', 'mqtt'])
    expect(door.socket.protocol).toBe('mqtt')
    door.socket.close()
    await door.closed
    await expect(open(['other'])).rejects.toThrow()
    await expect(open([])).rejects.toThrow()
  })

  it('has the same limits: a packet of 256 MB is cut off after its header', async () => {
    const door = await open()
    door.socket.send(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]))
    await door.closed
  })

  it('is at its own path only', async () => {
    const socket = new WebSocket(`${on.sen.ready.http.replace('http', 'ws')}/elsewhere`, ['mqtt'])
    await expect(
      new Promise((resolve, reject) => {
        socket.once('open', resolve)
        socket.once('error', reject)
      })
    ).rejects.toThrow()
  })
})
