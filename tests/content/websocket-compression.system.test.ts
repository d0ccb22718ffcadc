import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { ContentSen } from './content-sen.ts'

/* MQTT over WebSocket takes no compression, so nothing can grow there either. */
let sen: ContentSen

beforeAll(async () => {
  sen = await ContentSen.start({})
}, 60_000)

afterAll(() => sen.remove())

describe('MQTT over WebSocket', { timeout: 60_000 }, () => {
  /** Asks for compression, as browsers and gateways do. */
  const open = (): Promise<WebSocket> => {
    const address = `${sen.http.replace('http', 'ws')}/mqtt`
    const socket = new WebSocket(address, ['mqtt'], { perMessageDeflate: true })
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(socket))
      socket.once('error', reject)
    })
  }
  const closeOf = (socket: WebSocket) => new Promise<number>(resolve => socket.once('close', resolve))
  const rawSocketOf = (socket: WebSocket) => (socket as unknown as { readonly _socket: NodeJS.WritableStream })._socket

  it('does not agree to compression', async () => {
    const socket = await open()
    expect([socket.protocol, socket.extensions]).toEqual(['mqtt', ''])
    socket.terminate()
  })

  it('closes on a frame that is compressed all the same', async () => {
    const socket = await open()
    const closed = closeOf(socket)
    // FIN, RSV1, binary; masked with zeros.
    rawSocketOf(socket).write(Buffer.from([0xc2, 0x82, 0, 0, 0, 0, 0x63, 0x00]))
    expect([1002, 1006]).toContain(await closed)
  })

  it('closes on a frame that says it is a gigabyte long', async () => {
    const socket = await open()
    const closed = closeOf(socket)
    rawSocketOf(socket).write(Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0]))
    expect([1002, 1009, 1006]).toContain(await closed)
  })
})
