import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../../tests/sen-process.ts'
import { Child } from './child.ts'

/** An InfluxDB 1.x on free ports, as its package configures it but for the folder and its own statistics. */
export class InfluxProcess {
  readonly port: number
  readonly #child: Child

  private constructor(port: number, child: Child) {
    this.port = port
    this.#child = child
  }

  /** @param folder - for its files; must exist. */
  static async start(folder: string): Promise<InfluxProcess> {
    const [port, rpcPort] = [await freePort(), await freePort()]
    const config = join(folder, 'influxdb.conf')
    const lines = [
      'reporting-disabled = true',
      `bind-address = "127.0.0.1:${rpcPort}"`,
      `[meta]\ndir = "${folder}/meta"`,
      `[data]\ndir = "${folder}/data"\nwal-dir = "${folder}/wal"\nquery-log-enabled = false`,
      `[http]\nbind-address = "127.0.0.1:${port}"\nlog-enabled = false`,
      '[monitor]\nstore-enabled = false'
    ]
    await writeFile(config, lines.join('\n'))
    const child = new Child('influxd', ['influxd', '-config', config])
    const influx = new InfluxProcess(port, child)
    try {
      await child.until(() => influx.#answers())
      await influx.#ask('CREATE DATABASE bench', 'POST')
    } catch (error) {
      await child.stop()
      throw error
    }
    return influx
  }

  get pid(): number {
    return this.#child.pid
  }

  /** Rows (a time and tags) that it has taken since it started; costs it next to nothing. */
  async rowsWritten(): Promise<number> {
    const variables = (await (await fetch(`http://127.0.0.1:${this.port}/debug/vars`)).json()) as Record<
      string,
      { readonly values?: Readonly<Record<string, number>> }
    >
    const httpd = Object.entries(variables).find(([name]) => name.startsWith('httpd'))
    return httpd?.[1].values?.['pointsWrittenOK'] ?? 0
  }

  /** Values stored, of every field. */
  async valuesCounted(): Promise<number> {
    const answer = (await this.#ask('SELECT COUNT(*) FROM telemetry')) as {
      readonly results: readonly { readonly series?: readonly { readonly values: readonly number[][] }[] }[]
    }
    const [, ...counts] = answer.results[0]?.series?.[0]?.values[0] ?? []
    return counts.reduce((sum, count) => sum + count, 0)
  }

  stop(): Promise<void> {
    return this.#child.stop()
  }

  async #answers(): Promise<boolean> {
    try {
      return (await fetch(`http://127.0.0.1:${this.port}/ping`)).ok
    } catch {
      return false
    }
  }

  async #ask(query: string, method = 'GET'): Promise<unknown> {
    const url = `http://127.0.0.1:${this.port}/query?db=bench&q=${encodeURIComponent(query)}`
    const answer = await fetch(url, { method })
    if (!answer.ok) throw new Error(`ask influxd ${query}: ${answer.status} ${await answer.text()}`)
    return answer.json()
  }
}
