import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { FileJournal } from '../../journal/file/file-journal.ts'
import { nodeFileSystem } from '../../journal/file/node-file-system.ts'
import type { MessageRecord } from '../../journal/journal.ts'
import type { Killpoint } from '../../model/failpoint.ts'
import { silentLog } from '../../model/log.ts'
import { systemClock } from '../../model/clock.ts'
import { SenProcess, freePort } from '../sen-process.ts'
import { LoadRun, extent, seed } from './load-run.fixture.ts'
import { recoveryPoints, stages } from './stages.ts'

/*
 * kill -9 at every stage of a message's life, under 500 messages a second: nothing acknowledged is lost, doubled, altered
 * or invented. Small segments, so that logs rotate and trim all the time.
 */
let sen: SenProcess
let token: string

beforeAll(async () => {
  sen = await SenProcess.create({
    // Without its parent, which would start it again with the same environment.
    command: ['run'],
    mqttPort: await freePort(),
    httpPort: await freePort(),
    environment: { SEN_JOURNAL_MAX: '1 MB' }
  })
  await oldMessages(join(sen.folder, 'raw'))
  await sen.start()
  token = await sen.sen('token', '--role', 'administrator')
}, 60_000)

/** Each test leaves it running for the next; one that failed may not. */
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return
  await sen.kill()
  await sen.start()
}, 30_000)

afterAll(async () => {
  await sen.remove()
})

/** A raw log of two days ago, beyond its limit: the first that housekeeping does is to shorten it. */
async function oldMessages(directory: string): Promise<void> {
  const journal = new FileJournal({
    directory,
    fileSystem: nodeFileSystem,
    synced: true,
    segmentBytes: 65_536,
    clock: systemClock,
    log: silentLog
  })
  await journal.start()
  const message: MessageRecord = {
    kind: 'message',
    door: 'mqtt',
    credential: 'site:nowhere',
    topic: 'nowhere',
    payload: new Uint8Array(1000),
    receivedAt: Date.now() - 2 * 86_400_000,
    qos: 1,
    dup: false,
    retain: false,
    clientId: 'nobody',
    connection: 1,
    packetId: 1
  }
  for (let group = 0; group < 40; group++) await journal.append(Array.from({ length: 50 }, () => message))
  await journal.stop()
}

/** Waits for the end that was asked for, and for no other. */
async function diesAt(point: Killpoint, pass: number): Promise<void> {
  expect(await sen.ended()).toEqual({ code: null, signal: 'SIGKILL' })
  expect(sen.output.trimEnd().split('\n').at(-1)).toBe(`SEN_FAILPOINT ${point}: SIGKILL at pass ${pass}`)
}

/** In the short form each stage dies once, at a place and pass that the seed chooses. */
function hitsOf(points: readonly Killpoint[], passes: readonly number[], stage: number) {
  const all = points.flatMap(point => passes.map(pass => ({ point, pass })))
  return extent([all[(seed + stage) % all.length] ?? { point: points[0] ?? 'decoded', pass: 1 }], all)
}

describe(`a process that dies (seed ${seed})`, { timeout: extent(150_000, 400_000) }, () => {
  const chosen = stages.filter(({ isSeldom }) => extent(!isSeldom, true))
  it.each(chosen.map((stage, index) => [stage.name, stage, index] as const))(
    'at stage "%s" keeps its word',
    async (_name, { points, passes }, index) => {
      const run = await LoadRun.begin({ sen, token, runId: `stage${index}` })
      await run.acknowledgedMore(50)
      await sen.kill()
      for (const { point, pass } of hitsOf(points, passes, index)) {
        sen.begin({ SEN_FAILPOINT: `${point}:${pass}` })
        await diesAt(point, pass)
      }
      await sen.start()
      await run.acknowledgedMore(200)
      await run.expectKept()
    }
  )

  it('during recovery, three times running, keeps its word', async () => {
    const run = await LoadRun.begin({ sen, token, runId: 'recovery' })
    const points = extent([recoveryPoints[seed % recoveryPoints.length] ?? 'recovery-done'], recoveryPoints)
    for (const point of points) {
      await run.acknowledgedMore(200)
      await sen.kill()
      for (let time = 0; time < 3; time++) {
        sen.begin({ SEN_FAILPOINT: point })
        await diesAt(point, 1)
      }
      await sen.start()
    }
    await run.expectKept()
  })
})
