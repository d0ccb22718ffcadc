import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect as connectSocket, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

/** A real Mosquitto on a free loopback port, for system tests. Anonymous; nothing is kept over a restart. */
export interface Mosquitto {
  readonly port: number
  /** SIGKILL. */
  kill(): Promise<void>
  /** Starts it again on the same port. */
  start(): Promise<void>
  /** Ends it and removes its files. */
  remove(): Promise<void>
}

export async function startMosquitto(): Promise<Mosquitto> {
  const folder = await mkdtemp(join(tmpdir(), 'sen-mosquitto-'))
  const port = await freePort()
  const config = join(folder, 'mosquitto.conf')
  await writeFile(
    config,
    `listener ${port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 0\nmax_queued_messages 0\n`
  )
  let broker: ReturnType<typeof spawn> | undefined
  const start = async (): Promise<void> => {
    broker = spawn('/usr/sbin/mosquitto', ['-c', config], { stdio: 'ignore' })
    while (!(await answers(port))) await wait(20)
  }
  const kill = async (): Promise<void> => {
    const running = broker
    broker = undefined
    if (running === undefined) return
    running.kill('SIGKILL')
    await once(running, 'exit')
  }
  await start()
  return {
    port,
    kill,
    start,
    async remove() {
      await kill()
      await rm(folder, { recursive: true })
    }
  }
}

/** A TCP relay to a port that can cut all connections at once, as a failing network does. */
export interface Relay {
  readonly port: number
  cut(): void
  close(): Promise<void>
}

export async function startRelay(target: number): Promise<Relay> {
  const sockets = new Set<Socket>()
  const server = createServer(incoming => {
    const outgoing = connectSocket(target, '127.0.0.1')
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming]
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      from.pipe(to)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: portOf(server.address()),
    cut,
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server.address())
  server.close()
  await once(server, 'close')
  return port
}

async function answers(port: number): Promise<boolean> {
  const socket = connectSocket(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('listen: no port')
  return address.port
}
