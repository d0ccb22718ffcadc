import { once } from 'node:events'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import { loadMetrics, loadMetricNames, loadValue } from './farm-message.ts'
import { readLedger } from './ledger.ts'
import { loadDevice } from './provisioning.ts'

/** A stored row, free to be damaged by a test. */
export interface Row {
  time: number
  value: unknown
}

/** Device id → metric → rows. */
export type Storage = Map<string, Map<string, Row[]>>

/** What a faultless server holds after a run: every message that was acknowledged. For tests of the comparer. */
export function storageOf(ledgerFile: string): Storage {
  const { head, devices } = readLedger(ledgerFile)
  return new Map(
    devices.map((device, d) => {
      const series = new Map<string, Row[]>(loadMetricNames.map(name => [name, []]))
      for (let n = 1; n <= device.count; n++) {
        if (!device.isAcknowledged(n)) continue
        series.get('seq')?.push({ time: device.ts(n), value: n })
        loadMetrics.forEach(({ name }, m) =>
          series.get(name)?.push({ time: device.ts(n), value: loadValue(head.seed, d, n, m) })
        )
      }
      return [loadDevice(head.runId, d), series]
    })
  )
}

/** The part of the HTTP API that the comparer reads, over rows in memory. */
export async function serveReadings(storage: Storage, token: string) {
  let requests = 0
  const answer = (response: ServerResponse, status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://server')
    if (request.headers.authorization !== `Bearer ${token}`) return answer(response, 401, { title: 'no token' })
    // Now and then the answer is "busy": a client has to cope.
    if (++requests % 50 === 0) return answer(response, 503, { title: 'busy' })
    const rows = storage.get(searchParams.get('device') ?? '')?.get(searchParams.get('metric') ?? '')
    if (pathname !== '/api/v1/readings' || rows === undefined) return answer(response, 404, { title: 'unknown' })
    const from = Date.parse(searchParams.get('from') ?? '')
    const to = Date.parse(searchParams.get('to') ?? '')
    const begin = Number(searchParams.get('cursor') ?? 0)
    const inside = rows.filter(({ time }) => time >= from && time < to).sort((a, b) => a.time - b.time)
    const end = begin + Number(searchParams.get('limit'))
    const page = inside.slice(begin, end)
    answer(response, 200, {
      metric: searchParams.get('metric'),
      unit: '',
      t: page.map(({ time }) => new Date(time).toISOString()),
      value: page.map(({ value }) => value),
      quality: page.map(() => 'good'),
      cursor: end < inside.length ? String(end) : null
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('listen: no port')
  return {
    http: `http://127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
  }
}
