import { once } from 'node:events'
import { connect as connectSocket } from 'node:net'
import type { Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { TestBroker } from '../../ingest/broker/broker.fixture.ts'
import { connect } from '../protocol/packets.ts'
import { Wire } from '../protocol/wire.ts'

const limit = 10

let test: TestBroker
let sockets: Socket[] = []

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets = []
  await test.stop()
})

async function silent(port: number, localAddress: string): Promise<Socket> {
  const socket = connectSocket({ host: '127.0.0.1', port, localAddress })
  socket.on('error', () => undefined)
  sockets.push(socket)
  await once(socket, 'connect')
  return socket
}

async function start(limits: ConstructorParameters<typeof TestBroker>[0]): Promise<void> {
  test = new TestBroker(limits)
  await test.start()
}

const login = { username: 'd', password: 'secret' }

describe('connections that do not say CONNECT', () => {
  it('are let in up to a limit for their address; other addresses are not concerned', async () => {
    await start({ greetingsPerAddress: limit })
    for (let i = 0; i < limit; i++) await silent(test.port, '127.0.0.2')
    const further = await silent(test.port, '127.0.0.2')
    await once(further, 'close')
    expect(test.refused).toEqual(['address-limit'])

    const other = await Wire.open(test.port)
    await other.login({ clientId: 'other', ...login })
    await other.leave()
  })

  it('make room when they end or are accepted', async () => {
    await start({ greetingsPerAddress: limit })
    const first: Socket[] = []
    for (let i = 0; i < limit; i++) first.push(await silent(test.port, '127.0.0.1'))
    const [gone, joins, fails] = first
    gone?.destroy()
    joins?.write(connect({ clientId: 'joins', ...login }))
    fails?.write(connect({ clientId: 'fails', username: 'd', password: 'wrong' }))
    joins?.resume()
    fails?.resume()
    if (joins && fails) await Promise.all([once(joins, 'data'), once(fails, 'close')])
    // All three places are free, and no fourth one.
    for (let i = 0; i < 3; i++) {
      const wire = await Wire.open(test.port)
      await wire.login({ clientId: `late-${i}`, ...login })
    }
    for (let i = 0; i < 3; i++) await silent(test.port, '127.0.0.1')
    const further = await silent(test.port, '127.0.0.1')
    await once(further, 'close')
    expect(test.refused).toEqual(['credentials', 'address-limit'])
  })

  it('count for the limit of all connections, which closes the door to everybody else', async () => {
    await start({ connections: limit })
    for (let i = 0; i < limit; i++) await silent(test.port, `127.0.0.${i + 1}`)
    const further = await silent(test.port, '127.0.0.99')
    await once(further, 'close')
    expect(test.refused).toEqual(['connection-limit'])
  })
})
