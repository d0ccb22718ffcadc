import { connect as connectSocket } from 'node:net'
import type { Socket } from 'node:net'
import { once } from 'node:events'
import { connectAsync } from 'mqtt'
import type { IClientOptions } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TestBroker } from './broker.fixture.ts'
import type { TestJournal } from './broker.fixture.ts'

let journal: TestJournal
let test: TestBroker
let port: number
let refused: string[]

beforeEach(async () => {
  test = new TestBroker()
  await test.start()
  ;({ journal, refused, port } = test)
})

afterEach(async () => {
  await test.stop()
})

function login(options: IClientOptions = {}) {
  return connectAsync({
    host: '127.0.0.1',
    port,
    protocol: 'mqtt',
    protocolVersion: 4,
    username: 'd',
    password: 'secret',
    reconnectPeriod: 0,
    ...options
  })
}

/** CONNECT 3.1.1, clean session, user "d", password "secret". */
function connectPacket(clientId: string, flags = 0xc2): Buffer {
  const text = (value: string) => Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)])
  const body = Buffer.concat([text('MQTT'), Buffer.from([4, flags, 0, 60]), text(clientId), text('d'), text('secret')])
  return Buffer.concat([Buffer.from([0x10, body.length]), body])
}

function publishPacket(id: number, payload: string, header = 0x32): Buffer {
  const topic = Buffer.from('site/s/d/telemetry')
  const body = Buffer.concat([
    Buffer.from([0, topic.length]),
    topic,
    Buffer.from([id >> 8, id & 255]),
    Buffer.from(payload)
  ])
  return Buffer.concat([Buffer.from([header, body.length]), body])
}

async function rawLogin(clientId: string): Promise<Socket> {
  const socket = connectSocket({ host: '127.0.0.1', port, noDelay: true })
  socket.on('error', () => undefined)
  socket.write(connectPacket(clientId))
  await once(socket, 'data')
  return socket
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise(resolve => setTimeout(resolve, 5))
}

describe('who gets in', () => {
  it.each([
    ['nobody', { username: undefined, password: undefined }],
    ['a wrong password', { password: 'wrong' }]
  ])('refuses %s and counts it', async (_, options) => {
    await expect(login(options as unknown as IClientOptions)).rejects.toThrow(/[Nn]ot authorized/)
    expect(refused).toEqual(['credentials'])
  })

  it('answers an MQTT 5 client with return code 1, so that it falls back', async () => {
    await expect(login({ protocolVersion: 5 })).rejects.toThrow(/protocol version/i)
    expect(refused).toEqual(['protocol-version'])
  })

  it('refuses a client id with control characters', async () => {
    const socket = connectSocket({ host: '127.0.0.1', port })
    socket.on('error', () => undefined)
    socket.resume()
    socket.write(connectPacket('a\u0001b'))
    await once(socket, 'close')
    expect(refused).toEqual(['client-id'])
  })
})

describe('sessions', () => {
  it('belong to their credential: nobody takes over another by its client id', async () => {
    const first = await login({ clientId: 'gateway', clean: false })
    await first.subscribeAsync('site/s/d/command', { qos: 1 })
    const second = await login({ clientId: 'gateway', clean: false, username: 'e' })
    await second.publishAsync('site/s/e/telemetry', '{}', { qos: 1 })
    await first.publishAsync('site/s/d/telemetry', '{}', { qos: 1 })
    expect(journal.messages.map(({ credential, clientId }) => [credential, clientId])).toEqual([
      ['e', 'e/gateway'],
      ['d', 'd/gateway']
    ])
    expect([first.connected, second.connected]).toEqual([true, true])
    await Promise.all([first.endAsync(), second.endAsync()])
  })
})

describe('publishing', () => {
  it.each([0, 1, 2] as const)('journals QoS %i with everything that tells it', async qos => {
    const client = await login({ clientId: 'c1' })
    await client.publishAsync('site/s/d/telemetry', '{"a":1}', { qos })
    await until(() => journal.messages.length === 1)
    expect(journal.messages[0]).toMatchObject({
      door: 'mqtt',
      credential: 'd',
      topic: 'site/s/d/telemetry',
      qos,
      dup: false,
      clientId: 'd/c1'
    })
    expect(Buffer.from(journal.messages[0]?.payload ?? []).toString()).toBe('{"a":1}')
    await client.endAsync()
  })

  it('acknowledges only once the journal has it', async () => {
    journal.isHeld = true
    const client = await login()
    let isAcknowledged = false
    const published = client.publishAsync('site/s/d/telemetry', '{}', { qos: 1 }).then(() => (isAcknowledged = true))
    await until(() => journal.messages.length === 1)
    expect(isAcknowledged).toBe(false)
    journal.release()
    await published
    await client.endAsync()
  })

  it('acknowledges in the order of the messages', async () => {
    const socket = await rawLogin('order')
    const ids: number[] = []
    socket.on('data', (data: Buffer) => {
      for (let at = 0; at < data.length; at += 4) ids.push(data.readUInt16BE(at + 2))
    })
    socket.write(Buffer.concat(Array.from({ length: 1000 }, (_, i) => publishPacket(i + 1, `${i}`))))
    await until(() => ids.length === 1000)
    expect(ids).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1))
    expect(journal.messages.map(({ packetId }) => packetId)).toEqual(ids)
    socket.destroy()
  })

  it('keeps reading where it stopped, after more than a connection may have under way', async () => {
    const client = await login()
    const all = Array.from({ length: 3000 }, (_, i) => client.publishAsync('site/s/d/telemetry', `${i}`, { qos: 1 }))
    await Promise.all(all)
    expect(journal.messages.map(({ payload }) => Number(Buffer.from(payload).toString()))).toEqual(
      Array.from({ length: 3000 }, (_, i) => i)
    )
    await client.endAsync()
  })

  it('stops reading a connection whose messages wait for the disk', async () => {
    journal.isHeld = true
    const socket = await rawLogin('drip')
    let answers = 0
    socket.on('data', (data: Buffer) => (answers += data.length / 4))
    const sent = Array.from({ length: 2000 }, (_, i) => publishPacket(i + 1, `${i}`))
    for (const packet of sent) await new Promise(resolve => socket.write(packet, resolve))
    // Another connection goes through the same broker meanwhile: what was to be read has been read.
    const other = await login({ clientId: 'other' })
    await other.endAsync()
    expect(journal.messages.length).toBeGreaterThan(0)
    expect(journal.messages.length).toBeLessThanOrEqual(128)
    expect(answers).toBe(0)
    journal.release()
    await until(() => answers === 2000)
    socket.destroy()
  })

  it('journals a QoS 2 message once, however often it comes before its PUBREL', async () => {
    const socket = await rawLogin('twice')
    const answers: number[] = []
    socket.on('data', (data: Buffer) => {
      for (let at = 0; at < data.length; at += 4) answers.push(data[at] ?? 0)
    })
    socket.write(publishPacket(9, '{}', 0x34))
    await until(() => answers.length === 1)
    socket.write(publishPacket(9, '{}', 0x3c))
    await until(() => answers.length === 2)
    socket.write(Buffer.from([0x62, 2, 0, 9]))
    await until(() => answers.length === 3)
    expect(answers).toEqual([0x50, 0x50, 0x70])
    expect(journal.messages.length).toBe(1)
    socket.destroy()
  })

  it('closes the connection of who publishes elsewhere, and keeps nothing of it', async () => {
    const client = await login()
    client.on('error', () => undefined)
    client.publish('site/s/other/telemetry', '{}', { qos: 1 })
    await new Promise(resolve =>
      client.once('close', () => {
        resolve(undefined)
      })
    )
    expect(refused).toEqual(['topic-not-allowed'])
    expect(journal.messages).toEqual([])
    client.end(true)
  })

  it('cuts off a packet that announces too much', async () => {
    const socket = await rawLogin('big')
    socket.write(Buffer.from([0x32, 0xff, 0xff, 0xff, 0x7f]))
    await once(socket, 'close')
    expect(refused).toEqual(['packet-too-large'])
  })
})

describe('subscribing', () => {
  it('answers 0x80 for what is not below its own topics', async () => {
    const client = await login()
    const granted = await client.subscribeAsync(['site/s/d/command']).then(
      grants => grants.map(({ qos }) => qos),
      () => [128]
    )
    expect(granted).toEqual([0])
    await expect(client.subscribeAsync('#')).rejects.toThrow()
    expect(refused).toEqual(['topic-not-allowed'])
    await client.endAsync()
  })
})

describe('stopping', () => {
  it('acknowledges what it took in, then closes', async () => {
    journal.isHeld = true
    const client = await login()
    const published = client.publishAsync('site/s/d/telemetry', '{}', { qos: 1 })
    await until(() => journal.messages.length === 1)
    const stopped = test.broker.stop()
    journal.release()
    await published
    expect(journal.messages).toHaveLength(1)
    await stopped
    client.end(true)
  })
})

describe('a device above its quota', () => {
  it('waits as long as its messages take, and no longer', async () => {
    const slow = new TestBroker({}, { perSecond: 200, burst: 10 })
    await slow.start()
    const client = await connectAsync(`mqtt://127.0.0.1:${slow.port}`, {
      username: 'd',
      password: 'secret',
      protocolVersion: 4,
      reconnectPeriod: 0
    })
    const began = performance.now()
    await Promise.all(
      Array.from({ length: 210 }, (_, i) => client.publishAsync('site/s/d/telemetry', `${i}`, { qos: 1 }))
    )
    // 200 above the burst at 200 a second.
    expect(performance.now() - began).toBeGreaterThan(900)
    expect(slow.journal.messages.length).toBe(210)
    await client.endAsync()
    await slow.stop()
  }, 10_000)
})
