import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { FileJournal } from '../../journal/file/file-journal.ts'
import { nodeFileSystem } from '../../journal/file/node-file-system.ts'
import type { MessageRecord } from '../../journal/journal.ts'
import { systemClock } from '../../model/clock.ts'
import { silentLog } from '../../model/log.ts'
import { isAtRest } from '../sen-process.ts'
import type { Accounts, SenProcess } from '../sen-process.ts'
import { expectBalanced, metricsOf, post, startedSen } from './load-run.fixture.ts'

/*
 * A raw log of 100 MB, kill -9 while it is being decoded and again when it is: ready in 5 s each time (`npm run bench` measures
 * that). Counted here is the time of the processor, which hardly grows when others share it, with room for a processor half
 * as fast: a start that reads the whole log again would take many times as long. The time on the wall is printed.
 */
const boundS = 10
const sizeBytes = 100e6
let sen: SenProcess
let token: string

beforeAll(async () => {
  ;({ sen, token } = await startedSen({ command: ['run'] }))
}, 60_000)

afterAll(async () => {
  await sen.remove()
})

/** Appends messages as the MQTT door does, while nobody else has the log open. @returns how many. */
async function fill(directory: string): Promise<number> {
  const journal = new FileJournal({
    directory,
    fileSystem: nodeFileSystem,
    synced: true,
    clock: systemClock,
    log: silentLog
  })
  await journal.start()
  // As the base load brings them: 500 a second.
  const begin = Date.now() - 600_000
  let n = 0
  for (; journal.status().sizeBytes < sizeBytes;) {
    const group = Array.from({ length: 2000 }, (): MessageRecord => {
      n++
      const receivedAt = begin + 2 * n
      const payload = JSON.stringify({ ts: receivedAt, seq: n, note: 'x'.repeat(700) })
      return {
        kind: 'message',
        door: 'mqtt',
        credential: 'site:big',
        topic: 'site/big/big-01/telemetry',
        payload: Buffer.from(payload),
        receivedAt,
        qos: 1,
        dup: false,
        retain: false,
        clientId: 'big',
        connection: 1,
        packetId: (n % 65_535) + 1
      }
    })
    await journal.append(group)
  }
  await journal.stop()
  return n
}

interface Start {
  readonly wallS: number
  readonly processorS: number
}

async function timedStart(): Promise<Start> {
  const began = performance.now()
  await sen.start()
  const wallS = (performance.now() - began) / 1000
  return { wallS, processorS: (await metricsOf(sen, token)).get('process_cpu_seconds_total') ?? NaN }
}

it('is ready again in 5 s', { timeout: 180_000 }, async () => {
  await post(sen, token, '/registry', {
    changes: [
      { kind: 'site', site: { id: 'big', name: 'Big', organisation: 'root' } },
      { kind: 'device', device: { id: 'big-01', name: 'Big', site: 'big', profile: 'load' } }
    ]
  })
  await sen.stop()
  const messages = await fill(join(sen.folder, 'raw'))
  const starts = [await timedStart()]
  await sen.getUntil<Accounts>('/accounting', token, accounts => accounts.messages.stored > messages / 4)
  await sen.kill()
  starts.push(await timedStart())
  const accounts = await sen.getUntil<Accounts>('/accounting', token, isAtRest)
  await sen.kill()
  starts.push(await timedStart())
  console.log(`ready again with ${messages} messages in 100 MB:`, starts)
  expect(accounts.messages).toMatchObject({ received: messages, stored: messages })
  await expectBalanced(sen, token)
  for (const { processorS } of starts) expect(processorS).toBeLessThanOrEqual(boundS)
})
