import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ContentSen } from './content-sen.ts'
import { ThreadDebugger, debuggable } from './thread-debugger.ts'

/* The same shapes at the doors that the main thread reads: refused within 5 ms of its time, and nobody hears less of Sen. */
let sen: ContentSen
let watcher: ThreadDebugger

beforeAll(async () => {
  sen = await ContentSen.start({ 'lua-01': 'json-weather' }, { environment: debuggable })
  watcher = await ThreadDebugger.attach(sen.process, [])
}, 60_000)

afterAll(async () => {
  watcher.close()
  await sen.remove()
})

const shapes = [
  ['100,000 nested arrays', '['.repeat(100_000)],
  ['nested objects', '{"a":'.repeat(50_000)],
  ['20,000 keys', `{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":1`).join()}}`],
  ['a key of 200,000 characters', `{"${'k'.repeat(200_000)}":1}`]
] as const

const doors = [
  ['/ingest/chirpstack?event=up', true],
  ['/registry', true],
  ['/sites', true],
  ['/session', true],
  ['/registry', false],
  ['/ingest/chirpstack?event=up', false]
] as const

describe.each(doors)('POST %s (with a token: %s)', { timeout: 60_000 }, (path, isKnown) => {
  it.each(shapes)('refuses %s within 5 ms of the thread that reads it', async (_title, body) => {
    const post = () =>
      fetch(`${sen.http}/api/v1${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(isKnown && { authorization: `Bearer ${sen.token}` }) },
        body
      })
    const cpuMs = async () => {
      const usage = 'JSON.stringify(process.threadCpuUsage())'
      const { user, system } = JSON.parse(String(await watcher.inMain(usage))) as NodeJS.CpuUsage
      return (user + system) / 1000
    }
    const costs: number[] = []
    for (let i = 0; i < 9; i++) {
      const before = await cpuMs()
      const answer = await post()
      await answer.arrayBuffer()
      costs.push((await cpuMs()) - before)
      expect([path, [400, 401, 429].includes(answer.status)]).toEqual([path, true])
    }
    // All that the main thread did meanwhile: taking the body, its own ticks, and the look itself. The least of nine, because
    // a processor that is shared is slower at times, and never faster.
    expect(Math.min(...costs)).toBeLessThan(5)
  })
})
