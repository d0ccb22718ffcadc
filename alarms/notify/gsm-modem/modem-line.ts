import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Duplex } from 'node:stream'
import { ReadStream } from 'node:tty'
import { promisify } from 'node:util'
import { guardedConnection } from '../outgoing/guarded-connection.ts'
import type { ReachableAddresses } from '../outgoing/reachable-addresses.ts'

const run = promisify(execFile)

interface ModemLineProps {
  /** `/dev/ttyUSB0`, or `tcp://host:port`. */
  readonly port: string
  /** bit/s. */
  readonly speed: number
  readonly reachable: ReachableAddresses
}

/** Two dialogues on one line would hear each other's answers. */
const inUse = new Set<string>()

/**
 * Opens the line to a modem, for one at a time. Throws what the system says: no such port, no right to it, an address that may
 * not be reached.
 */
export async function modemLine(props: ModemLineProps): Promise<Duplex> {
  const { port } = props
  if (inUse.has(port)) throw new Error('the port is in use by another channel')
  inUse.add(port)
  try {
    const line = await openLine(props)
    line.once('close', () => inUse.delete(port))
    return line
  } catch (error) {
    inUse.delete(port)
    throw error
  }
}

async function openLine({ port, speed, reachable }: ModemLineProps): Promise<Duplex> {
  const [, host, tcpPort] = /^tcp:\/\/(.+):(\d+)$/.exec(port) ?? []
  if (host !== undefined) return guardedConnection({ host, port: Number(tcpPort), reachable, timeoutMs: 5000 })

  // Not waiting for a carrier, and not becoming the process's own terminal.
  const file = await open(port, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK)
  try {
    // No echo, no editing; `clocal`: modem control lines do not matter.
    await run('stty', ['-F', port, String(speed), 'raw', '-echo', 'clocal'])
    // For writing as well: a terminal's stream is a socket.
    const line = new ReadStream(file.fd)
    line.once('close', () => void file.close().catch(() => {}))
    return line
  } catch (error) {
    await file.close()
    throw error
  }
}
