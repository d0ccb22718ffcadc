import { duplexPair } from 'node:stream'
import type { Duplex } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { TestBroker } from '../../ingest/broker/broker.fixture.ts'
import { connect } from '../protocol/packets.ts'

const clients = 1000
const mostInATurn = 64

it('a crowd that comes at once is let in little by little, so that others have their turn', async () => {
  const test = new TestBroker()
  await test.start()
  const ends: Duplex[] = []
  for (let i = 0; i < clients; i++) {
    const [client, server] = duplexPair()
    client.resume()
    client.write(connect({ clientId: `c${i}`, username: 'site:s', password: 'secret' }))
    ends.push(client)
    test.broker.accept(server, '127.0.0.1')
  }
  // Some have gone before it is their turn.
  for (const client of ends.slice(-10)) client.destroy()
  let most = 0
  for (let before = 0; before < clients - 10;) {
    await turn()
    const now = test.broker.connectedClients
    most = Math.max(most, now - before)
    before = now
  }
  expect(most).toBeLessThanOrEqual(mostInATurn)
  expect(test.refused).toEqual([])
  for (const client of ends) client.destroy()
  await test.stop()
})
