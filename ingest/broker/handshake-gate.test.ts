import { connect as connectTcp } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer } from 'node:tls'
import { once } from 'node:events'
import { afterEach, expect, it } from 'vitest'
import { issueAuthority, issueServer } from '../../server/tls/issue.ts'
import { handshakeGate } from './handshake-gate.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** A TLS server behind its gate that says "hello". @returns its port. */
async function started(): Promise<number> {
  const pair = await issueServer(await issueAuthority([], Date.now()), ['localhost'], Date.now())
  const tls = createServer({ ...pair, handshakeTimeout: 9000 }, socket => socket.end('hello'))
  tls.on('tlsClientError', () => undefined)
  const gate = handshakeGate(tls)
  gate.listen(0, '127.0.0.1')
  await once(gate, 'listening')
  ends.push(() => gate.close())
  return (gate.address() as AddressInfo).port
}

async function greeting(port: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text
}

it('lets in everybody who comes at once', async () => {
  const port = await started()
  const greetings = await Promise.all(Array.from({ length: 60 }, () => greeting(port)))
  expect(greetings).toEqual(Array(60).fill('hello'))
})

it('does not let peers that say nothing, talk nonsense or leave keep the others out', async () => {
  const port = await started()
  const odd: Socket[] = []
  for (let i = 0; i < 60; i++) {
    const socket = connectTcp({ host: '127.0.0.1', port })
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    if (i % 3 === 1) socket.write('GET / HTTP/1.1\r\n\r\n')
    if (i % 3 === 2) socket.destroy()
    odd.push(socket)
  }
  ends.push(() => {
    for (const socket of odd) socket.destroy()
  })
  expect(await greeting(port)).toBe('hello')
})
