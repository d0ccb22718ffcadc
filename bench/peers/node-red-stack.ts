import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../tests/sen-process.ts'
import { farmPoints } from '../farm-target.ts'
import type { LoadedServer } from '../load-run.ts'
import { treeOf } from '../process-tree.ts'
import { Child } from './child.ts'
import { InfluxProcess } from './influx-process.ts'
import { MosquittoServer } from './mosquitto-server.ts'
import { nodeRedProgram, peerFolder } from './peer-packages.ts'

/** How the flow writes: one write a message, as the nodes do by themselves, or 500 messages gathered in memory. */
export type Flow = 'one-write-a-message' | 'batched'

const names: Readonly<Record<Flow, string>> = {
  'one-write-a-message': 'Mosquitto + Node-RED + InfluxDB, one write a message',
  batched: 'Mosquitto + Node-RED + InfluxDB, batches of 500 in memory'
}

/** The stack that many telemetry projects are: Mosquitto, a Node-RED flow, InfluxDB 1.x. Nothing is durable before PUBACK. */
export class NodeRedStack implements LoadedServer {
  readonly name: string
  readonly pointsPerMessage = farmPoints
  readonly #folder: string
  readonly #broker: MosquittoServer
  readonly #influx: InfluxProcess
  readonly #nodeRed: Child

  private constructor(props: {
    readonly name: string
    readonly folder: string
    readonly broker: MosquittoServer
    readonly influx: InfluxProcess
    readonly nodeRed: Child
  }) {
    this.name = props.name
    this.#folder = props.folder
    this.#broker = props.broker
    this.#influx = props.influx
    this.#nodeRed = props.nodeRed
  }

  /** Needs the packages of `peer-packages.ts`. */
  static async start(flow: Flow): Promise<NodeRedStack> {
    const folder = await mkdtemp(join(tmpdir(), 'sen-bench-peer-'))
    const undo: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })]
    try {
      const broker = await MosquittoServer.start()
      undo.unshift(() => broker.remove())
      const influx = await InfluxProcess.start(folder)
      undo.unshift(() => influx.stop())
      const nodeRed = await startNodeRed({ flow, folder, broker, influx })
      return new NodeRedStack({ name: names[flow], folder, broker, influx, nodeRed })
    } catch (error) {
      for (const step of undo) await step()
      throw error
    }
  }

  get target(): LoadedServer['target'] {
    return this.#broker.target
  }

  pids(): readonly number[] {
    return [...this.#broker.pids(), this.#influx.pid, ...treeOf(this.#nodeRed.pid)]
  }

  async stored(): Promise<number> {
    return (await this.#influx.rowsWritten()) * farmPoints
  }

  counted(): Promise<number> {
    return this.#influx.valuesCounted()
  }

  async remove(): Promise<void> {
    await this.#nodeRed.stop()
    await this.#influx.stop()
    await this.#broker.remove()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

async function startNodeRed(props: {
  readonly flow: Flow
  readonly folder: string
  readonly broker: MosquittoServer
  readonly influx: InfluxProcess
}): Promise<Child> {
  const { flow, folder, broker, influx } = props
  const { username, password } = broker.credential
  const settings = {
    uiPort: await freePort(),
    uiHost: '127.0.0.1',
    httpAdminRoot: false,
    credentialSecret: false,
    nodesDir: [join(peerFolder, 'node_modules', 'node-red-contrib-influxdb')],
    telemetry: { enabled: false, updateNotification: false },
    logging: { console: { level: 'info', metrics: false, audit: false } }
  }
  await writeFile(join(folder, 'settings.js'), `module.exports = ${JSON.stringify(settings)}\n`)
  await copyFile(fileURLToPath(new URL(`./${flow}.flow.json`, import.meta.url)), join(folder, 'flows.json'))
  await writeFile(
    join(folder, 'flows_cred.json'),
    JSON.stringify({ broker: { user: username, password }, influx: { username: '', password: '' } })
  )
  const words = ['--userDir', folder, '--settings', join(folder, 'settings.js'), 'flows.json']
  const child = new Child('node-red', [process.execPath, nodeRedProgram, ...words], {
    BENCH_MQTT_PORT: String(broker.port),
    BENCH_INFLUX_PORT: String(influx.port)
  })
  try {
    await child.until(() => child.output.includes('Connected to broker'))
  } catch (error) {
    await child.stop()
    throw error
  }
  return child
}
