import { createHash, createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { floodFacts } from '../../text/facts.fixture.ts'
import { failures, never, signalFor, status, testNotice, testTools, TestProvider } from '../channel.fixture.ts'
import type { ChannelTools } from '../channel.ts'
import { zaloZnsSecrets, zaloZnsSettings } from './settings.ts'
import { ZaloZnsChannel } from './zalo-zns-channel.ts'

const hourMs = 3_600_000
const start = Date.UTC(2026, 10, 22)
const zalo = new TestProvider()
const oauth = new TestProvider()
beforeAll(() => Promise.all([zalo.start(), oauth.start()]))
afterAll(() => Promise.all([zalo.stop(), oauth.stop()]))

let now = start
let renewals = 0
let stored: Record<string, unknown>[] = []
beforeEach(() => {
  ;[now, renewals, stored] = [start, 0, []]
  oauth.answers(response => {
    renewals++
    response.end(
      JSON.stringify({ access_token: `access-${renewals}`, refresh_token: `refresh-${renewals}`, expires_in: '90000' })
    )
  })
})

const fresh = { accessToken: 'access-0', accessFrom: start, accessUntil: start + 25 * hourMs }

function opened(secrets: object = fresh, tools: Partial<ChannelTools> = {}, settings: object = {}): ZaloZnsChannel {
  return new ZaloZnsChannel({
    settings: zaloZnsSettings.parse({
      appId: '4321',
      templates: {
        alarm: { id: '123456', fields: { station: '{station}', level: '{level}', value: '{value}', time: '{time}' } }
      },
      ...{ url: zalo.url, oauthUrl: oauth.url, ...settings }
    }),
    secrets: zaloZnsSecrets.parse({ appSecret: 'app-secret', refreshToken: 'refresh-0', ...secrets }),
    tools: testTools({
      clock: { now: () => now, monotonic: () => 0 },
      storeSecrets: async given => void stored.push({ ...given }),
      ...tools
    })
  })
}

const success = {
  ...{ error: 0, message: 'Success' },
  data: { msg_id: 'msg-1', sent_time: '1626926349402', quota: { dailyQuota: '500', remainingQuota: '499' } }
}

describe('a ZNS message', () => {
  it('leaves as the template asks, with the proof of the token', async () => {
    zalo.answers(success)
    const channel = opened()

    expect(await channel.send(testNotice(), never)).toEqual({ ok: true, reference: 'msg-1', detail: '0 Success' })

    const [asked] = zalo.asked
    expect(zalo.json).toEqual({
      ...{ phone: '84987654321', template_id: '123456', tracking_id: 'k-1f0c9a' },
      template_data: {
        ...{ station: 'Trạm Nam Đàn', level: 'Báo động II', time: '14:20 22/11/2026' },
        value: 'Mực nước 7,10 m, trên báo động II là 0,20 m'
      }
    })
    expect(asked).toMatchObject({ method: 'POST', path: '/message/template', headers: { access_token: 'access-0' } })
    expect(asked?.headers['appsecret_proof']).toBe(createHmac('sha256', 'app-secret').update('access-0').digest('hex'))
    await channel.stop()
  })

  it('never sends an empty or a long value, marks what is simulated, and has templates of its own for tests', async () => {
    zalo.answers(success)
    const templates = {
      alarm: { id: '1', fields: { level: '{level}', place: '{place}' }, mostCharacters: 30 },
      test: { id: '2', fields: {} }
    }
    const channel = opened(fresh, {}, { templates, mode: 'development' })

    const facts = floodFacts({ place: '', isSimulated: true, levelName: { vi: 'Báo động rất dài, không vừa mẫu tin' } })
    await channel.send(testNotice({}, { facts }), never)
    const { template_data: data, mode } = JSON.parse(zalo.asked[0]?.body ?? '')
    expect(data.place).toBe('-')
    expect(data.level).toMatch(/^\[mô phỏng\] Báo động/)
    expect(data.level.length).toBeLessThanOrEqual(30)
    expect(mode).toBe('development')

    await channel.send(testNotice({}, { facts: floodFacts({ about: 'test' }) }), never)
    expect(zalo.json).toMatchObject({ template_id: '2' })
    await channel.stop()
  })

  it.each([
    ...[-100].map(code => [code, 'unavailable'] as const),
    ...[-101, -102, -103, -104, -105, -106, -107, -109, -111, -112, -115, -131, -132, -1241, -99999].map(
      code => [code, 'channel'] as const
    ),
    ...[-108, -110, -118, -119, -139, -140, -141].map(code => [code, 'recipient'] as const),
    ...[-133, -144, -147, -1472].map(code => [code, 'not-now'] as const)
  ])('code %d is %s', async (error, refusal) => {
    zalo.answers({ error, message: 'as Zalo says' })
    const channel = opened()

    expect(await channel.send(testNotice(), never)).toEqual({ ok: false, refusal, detail: `${error} as Zalo says` })
    await channel.stop()
  })

  it.each(failures)('%s is no success and no throw', async (_, answer, refusal) => {
    zalo.answers(answer)
    const channel = opened()

    expect(await channel.send(testNotice(), signalFor(answer))).toMatchObject({ ok: false, refusal })
    await channel.stop()
  })

  it('shows no secret, though the answer echoes them all', async () => {
    zalo.answers((response, { headers }) =>
      response.end(JSON.stringify({ error: -1, message: JSON.stringify(headers) + 'app-secret refresh-0' }))
    )
    const channel = opened()

    expect(JSON.stringify(await channel.send(testNotice(), never))).not.toMatch(/access-0|app-secret|refresh-0/)
    await channel.stop()
  })

  it('needs a telephone number', async () => {
    expect(await opened().send(testNotice({ phone: undefined }), never)).toMatchObject({ refusal: 'recipient' })
  })
})

describe('the access token', () => {
  it('is renewed at 80 % of its life, and not before', async () => {
    zalo.answers(success)
    const channel = opened()

    now = start + 19 * hourMs
    await channel.send(testNotice(), never)
    expect(renewals).toBe(0)
    now = start + 20 * hourMs
    await channel.send(testNotice(), never)

    expect(renewals).toBe(1)
    expect(oauth.asked[0]).toMatchObject({
      ...{ path: '/v4/oa/access_token', body: 'refresh_token=refresh-0&app_id=4321&grant_type=refresh_token' },
      headers: { secret_key: 'app-secret', 'content-type': 'application/x-www-form-urlencoded' }
    })
    expect(stored).toMatchObject([
      { accessToken: 'access-1', refreshToken: 'refresh-1', accessUntil: now + 25 * hourMs }
    ])
    expect(zalo.asked.at(-1)?.headers['access_token']).toBe('access-1')
    await channel.stop()
  })

  it('is renewed by one, however many send', async () => {
    zalo.answers(success)
    const channel = opened({})

    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => channel.send(testNotice({}, { key: `k-${n}` }), never))
    )

    expect(outcomes.every(({ ok }) => ok)).toBe(true)
    expect(renewals).toBe(1)
    await channel.stop()
  })

  it('is stored before it is used; what could not be stored is stored again before the next use', async () => {
    zalo.answers(success)
    let isBroken = true
    const order: string[] = []
    const channel = opened(
      {},
      {
        storeSecrets: async ({ accessToken }) => {
          order.push(`store ${String(accessToken)}, sent ${zalo.asked.length}`)
          if (isBroken) throw new Error('disk full: refresh-1')
        }
      }
    )

    const failed = await channel.send(testNotice(), never)
    expect(failed).toMatchObject({ ok: false, refusal: 'unavailable' })
    expect(JSON.stringify(failed)).not.toContain('refresh-1')
    isBroken = false
    expect(await channel.send(testNotice(), never)).toMatchObject({ ok: true })

    expect(order).toEqual(['store access-1, sent 0', 'store access-1, sent 0'])
    expect(renewals).toBe(1)
    await channel.stop()
  })

  it.each([-124, -216, -220])(
    'is renewed once when Zalo refuses it with %d, and the message sent once more',
    async error => {
      zalo.answers({ error, message: 'Access token invalid' }, success)
      const channel = opened()

      expect(await channel.send(testNotice(), never)).toMatchObject({ ok: true })
      expect([renewals, zalo.asked.map(({ headers }) => headers['access_token'])]).toEqual([
        1,
        ['access-0', 'access-1']
      ])

      zalo.answers({ error, message: 'Access token invalid' })
      expect(await channel.send(testNotice(), never)).toMatchObject({ ok: false, refusal: 'channel' })
      expect(zalo.asked.length).toBe(2)
      await channel.stop()
    }
  )

  it('ends a try while the provider says nothing, and is used by the next one when it has come', async () => {
    zalo.answers(success)
    let answer = () => {}
    const asked = new Promise<void>(resolve => {
      oauth.answers(response => {
        answer = () =>
          void response.end(JSON.stringify({ access_token: 'late', refresh_token: 'r', expires_in: '90000' }))
        resolve()
      })
    })
    const channel = opened({})
    const ending = new AbortController()
    const first = channel.send(testNotice(), ending.signal)
    await asked
    ending.abort()

    expect(await first).toMatchObject({ ok: false, refusal: 'unavailable' })
    answer()
    expect(await channel.send(testNotice(), never)).toMatchObject({ ok: true })
    expect([oauth.asked.length, stored.length]).toEqual([1, 1])
    await channel.stop()
  })

  it.each([
    ['refused', { error: -14014, error_name: 'Invalid refresh token' }, 'channel'],
    ['garbage', '<html>', 'channel'],
    ['down', status(503, ''), 'unavailable']
  ] as const)('%s: nothing is sent', async (_, answer, refusal) => {
    oauth.answers(answer)
    zalo.answers(success)
    const channel = opened({})

    expect(await channel.send(testNotice(), never)).toMatchObject({ ok: false, refusal })
    expect(zalo.asked).toEqual([])
    await channel.stop()
  })
})

describe('what Zalo calls back with', () => {
  const body = JSON.stringify({
    ...{ app_id: '4321', event_name: 'user_received_message', sender: { id: 'oa' }, recipient: { id: '84987654321' } },
    ...{
      message: { delivery_time: '1626926349402', msg_id: 'msg-1', tracking_id: 'k-1f0c9a' },
      timestamp: '1626926349405'
    }
  })
  const mac = createHash('sha256').update(`4321${body}1626926349405oa-secret`).digest('hex')

  it('is a report that the telephone has it, if the signature fits', () => {
    const channel = opened({ oaSecret: 'oa-secret' })
    const reports = (signature: string | undefined, text = body) =>
      channel.reports({ query: {}, body: text, headers: { 'x-zevent-signature': signature } })

    expect(reports(`mac=${mac}`)).toEqual([{ reference: 'msg-1', state: 'reached', detail: 'user_received_message' }])
    expect(reports(undefined)).toEqual([])
    expect(reports('mac=00')).toEqual([])
    expect(reports(`mac=${mac}`, body.replace('msg-1', 'msg-2'))).toEqual([])
  })

  it('is nothing else', () => {
    for (const text of ['', 'null', '[]', '{"event_name":"user_send_text","message":{"msg_id":"m"}}']) {
      expect(opened().reports({ query: {}, body: text, headers: {} })).toEqual([])
    }
  })
})

it('asks whether the token works and the template is still allowed', async () => {
  const channel = opened()
  zalo.answers({ error: 0, data: { templateId: 123456, status: 'ENABLE' } })
  expect(await channel.check(never)).toEqual({ ok: true, detail: '0 ENABLE' })
  expect(zalo.asked[0]?.path).toBe('/template/info/v2?template_id=123456')
  zalo.answers({ error: 0, data: { templateId: 123456, status: 'REJECT' } })
  expect(await channel.check(never)).toMatchObject({ ok: false })
  zalo.answers({ error: -1241, message: 'appsecret_proof invalid' })
  expect(await channel.check(never)).toMatchObject({ ok: false })
  await channel.stop()
})
