import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { AnswerReader, connectPacket } from '../simulators/load/mqtt-packets.ts'
import type { Credential } from '../simulators/mqtt-publisher.ts'
import type { Figure, Run, Subject } from './figure.ts'
import { MosquittoServer } from './peers/mosquitto-server.ts'
import { residentBytesOf } from './process-tree.ts'
import { SenServer } from './sen-server.ts'

const connections = 10_000
/** Connections that are being opened at a time: fewer than a listener's queue. */
const opening = 200
const keepAliveS = 3600
const settleMs = 10_000
/** One source address has about 28,000 ports for one destination. */
const perAddress = 5000

/** What is listened on, and whom it lets in. */
interface Door {
  readonly port: number
  readonly isTls: boolean
  readonly credentials: readonly Credential[]
  readonly pids: readonly number[]
}

/** Memory of a connection that has logged in and says nothing: the server's resident set with 10,000 of them, less without. */
export const idle: Subject = {
  name: 'idle',
  about: `${connections} idle MQTT connections, plain and over TLS`,
  measure: async run => {
    const folder = await mkdtemp(join(tmpdir(), 'sen-bench-tls-'))
    try {
      const [key, certificate] = selfSigned(folder)
      const environment = { SEN_TLS_KEY: key, SEN_TLS_CERT: certificate, SEN_MQTTS_PORT: '0' }
      return [
        ...(await onSen(run, environment, 'mqtt')),
        ...(await onSen(run, environment, 'mqtts')),
        ...(await onMosquitto(run))
      ]
    } finally {
      await rm(folder, { recursive: true })
    }
  }
}

/** @returns the files of a key and of a certificate that nobody but this run trusts. */
function selfSigned(folder: string): readonly [key: string, certificate: string] {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', [...words, '-subj', '/CN=localhost', '-keyout', key, '-out', certificate], {
    stdio: 'ignore'
  })
  return [key, certificate]
}

/** A server of its own for each door: memory that one has freed would hide what the next needs. */
async function onSen(
  run: Run,
  environment: Readonly<Record<string, string>>,
  scheme: 'mqtt' | 'mqtts'
): Promise<readonly Figure[]> {
  const server = await SenServer.forFarm(environment)
  try {
    const url = new Map(Object.entries(server.process.ready)).get(scheme)
    if (typeof url !== 'string') {
      run.tell(`Sen has no door ${scheme}`)
      return []
    }
    const isTls = scheme === 'mqtts'
    const bytes = await bytesPerConnection({
      port: Number(new URL(url).port),
      isTls,
      credentials: Object.values(server.credentials),
      pids: server.pids()
    })
    run.tell(`Sen, ${scheme}: ${(bytes / 1000).toFixed(1)} kB a connection`)
    const bar = { bar: isTls ? 120 : 40, stretch: isTls ? 60 : 20, isBetter: 'smaller' } as const
    return [{ what: `memory an idle connection${isTls ? ', TLS' : ''}`, value: bytes / 1000, unit: 'kB', bar, note }]
  } finally {
    await server.remove()
  }
}

async function onMosquitto(run: Run): Promise<readonly Figure[]> {
  const server = await MosquittoServer.start()
  try {
    const [credentials, pids] = [[server.credential], server.pids()]
    const bytes = await bytesPerConnection({ port: server.port, isTls: false, credentials, pids })
    run.tell(`Mosquitto: ${(bytes / 1000).toFixed(1)} kB a connection`)
    return [{ what: 'the same, Mosquitto', value: bytes / 1000, unit: 'kB', note }]
  } finally {
    await server.remove()
  }
}

const note = `resident set with ${connections} connections, less without; the kernel's own share of a socket is not in it`

async function bytesPerConnection(door: Door): Promise<number> {
  // The start's own memory comes to rest first.
  await wait(settleMs)
  const before = residentBytesOf(door.pids)
  const sockets: Socket[] = []
  try {
    while (sockets.length < connections) {
      const opened = Array.from({ length: opening }, (_, i) => loggedIn(door, sockets.length + i))
      sockets.push(...(await Promise.all(opened)))
    }
    await wait(settleMs)
    const open = sockets.filter(socket => !socket.destroyed).length
    if (open < connections) throw new Error(`hold idle connections: ${open} of ${connections} are open`)
    return (residentBytesOf(door.pids) - before) / connections
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}

/** @returns a connection past CONNACK. */
function loggedIn(door: Door, i: number): Promise<Socket> {
  const credential = door.credentials[i % door.credentials.length]
  if (credential === undefined) throw new Error('open idle connection: no credential')
  const address = { host: '127.0.0.1', port: door.port, localAddress: `127.0.0.${2 + Math.floor(i / perAddress)}` }
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const greet = () => secured.write(connectPacket({ clientId: `idle-${i}`, credential, clean: true, keepAliveS }))
  const socket = connect(address, () => {
    if (!door.isTls) greet()
  })
  const secured = door.isTls ? connectTls({ socket, rejectUnauthorized: false }, greet) : socket
  const answers = new AnswerReader({
    connected: code => (code === 0 ? resolve(secured) : reject(new Error(`idle connection ${i}: CONNACK ${code}`))),
    acknowledged: () => reject(new Error(`idle connection ${i}: a PUBACK`)),
    unexpected: byte => reject(new Error(`idle connection ${i}: packet ${byte}`))
  })
  secured.on('data', (chunk: Buffer) => answers.read(chunk, chunk.length))
  secured.on('error', reject)
  secured.on('close', () => reject(new Error(`idle connection ${i}: closed`)))
  return promise
}
