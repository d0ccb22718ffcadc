import { afterAll, beforeAll, expect, it } from 'vitest'
import type { SenProcess } from '../sen-process.ts'
import { LoadRun, extent, post, seed, startedSen } from './load-run.fixture.ts'

/*
 * One message in a hundred can never be decoded. Each is set aside with its reason, none holds up the others or is tried
 * for ever, and every message is accounted for.
 */
let sen: SenProcess
let token: string

beforeAll(async () => {
  ;({ sen, token } = await startedSen())
}, 60_000)

afterAll(async () => {
  await sen.remove()
})

const poison: readonly { readonly body: string; readonly reason: string }[] = [
  { body: 'no JSON at all', reason: 'json-invalid' },
  { body: '{"seq":1', reason: 'json-invalid' },
  { body: '[1,2,3]', reason: 'json-invalid' },
  { body: '{}', reason: 'no-mapped-value' },
  { body: '{"seq":{"deep":[[[]]]}}', reason: 'value-invalid' },
  { body: `${'['.repeat(500)}${']'.repeat(500)}`, reason: 'json-too-deep' }
]

interface Quarantine {
  readonly items: readonly { readonly reason: string; readonly device: string }[]
}

it(`sets aside what cannot be decoded, and nothing else suffers (seed ${seed})`, { timeout: 120_000 }, async () => {
  const count = extent(60, 300)
  await post(sen, token, '/registry', {
    changes: [
      { kind: 'site', site: { id: 'poison', name: 'Poison', organisation: 'root' } },
      { kind: 'device', device: { id: 'poison-01', name: 'Poison', site: 'poison', profile: 'load' } }
    ]
  })
  const { username, password } = (await post(sen, token, '/sites/poison/credentials', {})) as {
    readonly username: string
    readonly password: string
  }
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const run = await LoadRun.begin({ sen, token, runId: 'beside' })
  for (let i = 0; i < count; i++) {
    const { body } = poison[i % poison.length] ?? { body: '' }
    const address = `${sen.ready.http}/api/v1/ingest/telemetry?site=poison&device=poison-01`
    const answer = await fetch(address, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body
    })
    expect(answer.ok).toBe(true)
    await run.acknowledgedMore(99)
  }
  const { summary, accounts } = await run.expectKept()
  console.log(`poison: PUBACK p99 of the others ${summary.latencyMs.p99} ms`)
  expect(accounts.messages.quarantined).toBe(count)
  // The list of what is set aside is written a moment after the counts.
  const { items } = await sen.getUntil<Quarantine>(
    '/ingest/quarantine?device=poison-01&limit=1000',
    token,
    page => page.items.length === count
  )
  expect(items.map(({ reason }) => reason).toReversed()).toEqual(
    Array.from({ length: count }, (_, i) => poison[i % poison.length]?.reason)
  )
})
