import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { failures, never, signalFor, status, testNotice, testTools, TestProvider } from '../channel.fixture.ts'
import type { ProviderAnswer } from '../channel.fixture.ts'
import type { ChannelTools } from '../channel.ts'
import { HttpChannel } from './http-channel.ts'
import { presets } from './presets.ts'
import { httpSettings } from './settings.ts'
import type { HttpSettingsInput } from './settings.ts'
import { fillBody, fillUrl } from './template.ts'

const secret = 's3cr3t-t0ken&"<'
const provider = new TestProvider()
beforeAll(() => provider.start())
afterAll(() => provider.stop())

/** The shipped settings, with this machine in place of the provider's host. */
function opened(name: string, change: Partial<HttpSettingsInput> = {}, tools: Partial<ChannelTools> = {}): HttpChannel {
  const { settings, asks } = presets[name] ?? { asks: [], settings: change as HttpSettingsInput }
  const here = JSON.parse(JSON.stringify(settings).replace(/https?:\/\/[^/"]+/g, provider.url))
  const values = {
    ...here.values,
    ...Object.fromEntries(asks.map(value => [value, value === 'host' ? provider.host : 'SEN']))
  }
  const parsed = httpSettings.parse({ ...here, values, ...change })
  const given = Object.fromEntries(parsed.secrets.map(key => [key, secret]))
  // A token that lives for long, unless the test is about renewing it.
  const secrets =
    tools.storeSecrets || !parsed.token
      ? given
      : { ...given, accessToken: secret, accessFrom: '1', accessUntil: '9e15' }
  return new HttpChannel({
    settings: parsed,
    secrets,
    tools: testTools({ reportUrl: 'https://sen.example.vn/notify/call/r-9', ...tools })
  })
}

type Case = readonly [preset: string, answer: ProviderAnswer, outcome: object]
const sent = (reference?: string) => ({ ok: true, isReached: false, ...(reference !== undefined && { reference }) })
const refused = (refusal: string, code: string) => ({
  ok: false,
  refusal,
  detail: expect.stringMatching(`^${code}(:? |$)`)
})

const soap = (result: number, message: string): string =>
  `<?xml version="1.0"?><S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><ns2:wsCpMtResponse xmlns:ns2="http://impl.bulkSms.ws/"><return><message>${message}</message><result>${result}</result></return></ns2:wsCpMtResponse></S:Body></S:Envelope>`

describe('shipped settings', () => {
  it.each<Case>([
    [
      'speedsms',
      { status: 'success', code: '00', data: { tranId: 123, totalSMS: 1, totalPrice: 250, invalidPhone: [] } },
      sent('123')
    ],
    [
      'speedsms',
      { status: 'error', code: '300', message: 'Your account balance not enough', invalidPhone: [] },
      refused('channel', '300')
    ],
    ['speedsms', { status: 'error', code: '105', message: 'Phone number invalid' }, refused('recipient', '105')],
    ['speedsms', { status: 'error', code: '500' }, refused('unavailable', '500')],
    ['speedsms', status(401, 'Unauthorized'), refused('channel', 'HTTP 401')],
    ['viettel-bulk-sms', soap(1, 'Insert MT_QUEUE: OK'), sent()],
    ['viettel-bulk-sms', soap(0, 'Authenticate: IP_INVALID'), refused('channel', '0')],
    [
      'viettel-bulk-sms',
      status(500, '<S:Fault><faultcode>S:Client</faultcode></S:Fault>'),
      refused('channel', 'S:Client')
    ],
    ['zalo-oa', { error: 0, message: 'Success', data: { message_id: 'b3f', user_id: '2512' } }, sent('b3f')],
    ['zalo-oa', { error: -207, message: 'User id is invalid' }, refused('recipient', '-207')],
    ['zalo-oa', { error: -216, message: 'Access token is invalid' }, refused('channel', 'not sent: token refused')],
    [
      'zalo-oa',
      { error: -220, message: 'access_token is expired or removed' },
      refused('channel', 'not sent: token refused')
    ],
    [
      'zalo-bot',
      { ok: true, result: { message_id: '82599fa32f56d00e8941', date: 1749632637199 } },
      sent('82599fa32f56d00e8941')
    ],
    ['zalo-bot', { ok: false, error_code: 401, description: 'Unauthorized' }, refused('channel', '401')],
    ['zalo-bot', { ok: false, error_code: 403, description: 'Forbidden' }, refused('recipient', '403')],
    ['telegram', { ok: true, result: { message_id: 7 } }, sent('7')],
    [
      'telegram',
      status(429, { ok: false, error_code: 429, parameters: { retry_after: 5 } }),
      { ...refused('not-now', '429'), retryAfterMs: 5000 }
    ],
    [
      'telegram',
      status(403, { ok: false, error_code: 403, description: 'Forbidden: bot was blocked by the user' }),
      refused('recipient', '403')
    ],
    ['voice-call', { status: 'queued', call_id: 'c-1' }, sent('c-1')],
    ['voice-call', { status: 'invalid_number' }, refused('recipient', 'invalid_number')],
    ['android-sms-gateway', status(202, { id: 'k-1f0c9a', state: 'Pending' }), sent('k-1f0c9a')],
    ['android-sms-gateway', { id: 'k-1f0c9a', state: 'Delivered' }, { ok: true, isReached: true }],
    ['android-sms-gateway', status(409, { message: 'exists' }), sent('k-1f0c9a')],
    ['android-sms-gateway', status(401, ''), refused('channel', 'HTTP 401')]
  ])('%s: an answer is read as it is meant', async (preset, answer, outcome) => {
    provider.answers(answer)
    const channel = opened(preset)

    expect(await channel.send(testNotice(), never)).toMatchObject(outcome)
    await channel.stop()
  })

  it.each(
    ['speedsms', 'viettel-bulk-sms', 'zalo-oa'].flatMap(name => failures.map(failure => [name, ...failure] as const))
  )('%s: %s is no success and no throw', async (preset, _, answer, refusal) => {
    provider.answers(answer)
    const channel = opened(preset)

    expect(await channel.send(testNotice(), signalFor(answer))).toMatchObject({ ok: false, refusal })
    await channel.stop()
  })

  it.each(Object.keys(presets))(
    '%s: what it cannot read is no success, and what echoes the secret is not shown',
    async preset => {
      provider.answers((response, { path, headers, body }) =>
        response.end(JSON.stringify({ error: 'weird', path, headers, body, plain: secret }))
      )
      const channel = opened(preset)

      const outcome = await channel.send(testNotice(), never)

      expect(outcome).toMatchObject({ ok: false, refusal: 'channel' })
      for (const form of [secret, encodeURIComponent(secret), btoa(secret), btoa(`${secret}:x`), 't0ken']) {
        expect(JSON.stringify(outcome)).not.toContain(form)
      }
      await channel.stop()
    }
  )

  it('write what the providers document', async () => {
    const asked = async (preset: string) => {
      provider.answers({})
      const channel = opened(preset)
      await channel.send(testNotice(), never)
      await channel.stop()
      const [request] = provider.asked
      if (request === undefined) throw new Error('nothing was sent')
      return request
    }

    expect(JSON.parse((await asked('speedsms')).body)).toMatchObject({
      to: ['84987654321'],
      sms_type: 3,
      sender: 'SEN'
    })
    expect(provider.asked[0]?.headers.authorization).toBe(`Basic ${btoa(`${secret}:x`)}`)
    expect((await asked('viettel-bulk-sms')).body).toContain(
      `<Password>s3cr3t-t0ken&amp;&quot;&lt;</Password><CPCode>SEN</CPCode><RequestID>1</RequestID><UserID>84987654321</UserID>`
    )
    expect(JSON.parse((await asked('zalo-oa')).body)).toMatchObject({ recipient: { user_id: '2512523625412515' } })
    expect(JSON.parse((await asked('zalo-bot')).body).text).toContain('Mực nước 7,10 m, trên báo động II là 0,20 m')
    expect((await asked('telegram')).path).toBe(`/bot${encodeURIComponent(secret)}/sendMessage`)
    expect(JSON.parse((await asked('voice-call')).body)).toMatchObject({
      ...{ to: '84987654321', callback_url: 'https://sen.example.vn/notify/call/r-9', request_id: 'k-1f0c9a' }
    })
    expect(JSON.parse((await asked('android-sms-gateway')).body)).toMatchObject({
      ...{
        phoneNumbers: ['+84987654321'],
        textMessage: { text: expect.stringMatching(/^CB ky thuat TANG: Bao dong II/) }
      }
    })
  })

  it('read delivery reports by call and by asking', async () => {
    const call = { query: {}, headers: {} }
    const voice = opened('voice-call')
    const reported = (status: string) => voice.reports?.({ ...call, body: JSON.stringify({ call_id: 'c-1', status }) })
    expect(reported('answered')).toEqual([{ reference: 'c-1', state: 'reached', detail: 'answered' }])
    expect(reported('no_answer')).toEqual([{ reference: 'c-1', state: 'failed', detail: 'no_answer' }])
    expect(reported('ringing')).toEqual([])
    expect(voice.reports?.({ ...call, body: 'garbage' })).toEqual([])

    const phone = opened('android-sms-gateway')
    provider.answers({ id: 'a', state: 'Delivered' }, { id: 'b', state: 'Sent' }, { id: 'c', state: 'Failed' })
    expect(await phone.poll?.(['a', 'b', 'c'], never)).toEqual([
      { reference: 'a', state: 'reached', detail: 'Delivered' },
      { reference: 'c', state: 'failed', detail: 'Failed' }
    ])
    expect(provider.asked.map(({ path }) => path)).toEqual(['/message/a', '/message/b', '/message/c'])
  })

  it('read what people write back', () => {
    const written = (preset: string, body: object) =>
      opened(preset).replies?.({ query: {}, headers: {}, body: JSON.stringify(body) })

    const event = {
      event_name: 'message.text.received',
      message: { chat: { id: '6ede9afa', chat_type: 'PRIVATE' }, text: '482193' }
    }
    expect(written('zalo-bot', event)).toEqual([{ from: '6ede9afa', text: '482193' }])
    expect(written('telegram', { message: { chat: { id: 7 }, text: 'OK' } })).toEqual([{ from: '7', text: 'OK' }])
    expect(
      written('android-sms-gateway', {
        event: 'sms:received',
        payload: { phoneNumber: '+84987654321', message: '4821' }
      })
    ).toEqual([{ from: '+84987654321', text: '4821' }])
    expect(written('zalo-bot', { event_name: 'message.sticker.received' })).toEqual([])
  })

  it('renew the token of a Zalo account before it ends, and when it is refused', async () => {
    const stored: object[] = []
    let now = 1_763_800_000_000
    const renewed = (n: number) => ({ access_token: `access-${n}`, refresh_token: `refresh-${n}`, expires_in: '90000' })
    const channel = opened(
      'zalo-oa',
      {},
      { clock: { now: () => now, monotonic: () => 0 }, storeSecrets: async kept => void stored.push(kept) }
    )
    const success = { error: 0, data: { message_id: 'm' } }

    provider.answers(renewed(1), success)
    expect(await channel.send(testNotice(), never)).toMatchObject({ ok: true })
    expect(provider.asked.map(({ path }) => path)).toEqual(['/v4/oa/access_token', '/v3.0/oa/message/cs'])
    expect(provider.asked[0]).toMatchObject({
      headers: { secret_key: secret },
      body: `refresh_token=${encodeURIComponent(secret)}&app_id=SEN&grant_type=refresh_token`
    })
    expect(provider.asked[1]?.headers['access_token']).toBe('access-1')
    expect(stored).toEqual([
      {
        appSecret: secret,
        refreshToken: 'refresh-1',
        accessToken: 'access-1',
        accessFrom: String(now),
        accessUntil: String(now + 90_000_000)
      }
    ])

    provider.answers({ error: -216, message: 'access-1 has ended' }, renewed(2), success)
    expect(await channel.send(testNotice(), never)).toMatchObject({ ok: true })
    expect(provider.asked.map(({ path }) => path)).toEqual([
      '/v3.0/oa/message/cs',
      '/v4/oa/access_token',
      '/v3.0/oa/message/cs'
    ])

    now += 0.8 * 90_000_000
    provider.answers(renewed(3), { error: -216, message: 'access-3' }, renewed(4), {
      error: -216,
      message: 'access-4 refresh-4'
    })
    expect(await channel.send(testNotice(), never)).toMatchObject({
      ok: false,
      refusal: 'channel',
      detail: expect.not.stringMatching(/access-|refresh-/)
    })
    expect(provider.asked).toHaveLength(4)
    await channel.stop()
  })

  it('say whether they could send now, where that can be asked', async () => {
    const checked = async (preset: string, answer: ProviderAnswer) => {
      provider.answers(answer)
      const channel = opened(preset)
      const result = await channel.check?.(never)
      await channel.stop()
      return result?.ok
    }

    expect(await checked('speedsms', { email: 'a@b.vn', balance: 100_000, currency: 'VND' })).toBe(true)
    expect(await checked('speedsms', { email: 'a@b.vn', balance: 900, currency: 'VND' })).toBe(false)
    expect(await checked('telegram', { ok: true, result: { id: 1 } })).toBe(true)
    expect(await checked('telegram', status(401, { ok: false }))).toBe(false)
    expect(await checked('android-sms-gateway', { status: 'pass' })).toBe(true)
    expect(await checked('voice-call', {})).toBeUndefined()
  })
})

describe('a template', () => {
  const names = { name: '"}],"admin":true,"x":["</Content>&\r\nBcc: x@y.vn', 'secret.token': secret }

  it('escapes whatever people are called for the format it stands in', () => {
    expect(JSON.parse(fillBody('{"n":"{name}"}', 'json', names))).toEqual({ n: names.name })
    expect(fillBody('<C>{name}</C>', 'xml', names)).not.toContain('</Content>')
    expect([...new URLSearchParams(fillBody('a={name}&b=1', 'form', names)).keys()]).toEqual(['a', 'b'])
    expect([...new URL(fillUrl('https://x.vn/s?n={name}&b=1', names)).searchParams.keys()]).toEqual(['n', 'b'])
  })

  it('knows names and nothing else: no expression, no way to anything behind the values', () => {
    const hostile =
      '{constructor} {__proto__} {name.constructor} {toString} ${name} {{secret.token}} {secret.token.length} {a+b}'

    expect(fillBody(hostile, 'text', { 'secret.token': 'T' })).toBe(
      '{constructor} {__proto__} {name.constructor} {toString} ${name} {T} {secret.token.length} {a+b}'
    )
  })

  const base = { medium: 'sms', address: 'phone', request: { url: 'https://x.vn/{phone}' } } as const
  it.each([
    ['a name that it does not know', { ...base, request: { url: 'https://x.vn/{process}' } }],
    ['a host that the message decides', { ...base, request: { url: 'https://{phone}.x.vn/' } }],
    ['a secret that is not listed', { ...base, request: { url: 'https://x.vn/', body: '{secret.key}' } }],
    [
      'a value that is not filled in',
      { ...base, values: { brand: '' }, request: { url: 'https://x.vn/', body: '"{value.brand}"' } }
    ],
    ['another scheme', { ...base, request: { url: 'file:///etc/passwd' } }],
    ['a login in the address', { ...base, request: { url: 'https://me:pw@x.vn/' } }],
    ['a pattern that explodes', { ...base, answer: { code: [{ text: '(a+)+$' }] } }],
    ['a pattern that looks back', { ...base, answer: { code: [{ text: '(a)\\1' }] } }],
    ['a pattern of three stars', { ...base, answer: { code: [{ text: 'a.*b.*c.*d' }] } }]
  ])('is refused with %s', (_, settings) => {
    expect(httpSettings.safeParse(settings).success).toBe(false)
  })

  it('sends nothing to a recipient who lacks what it needs, or whose number is none', async () => {
    provider.answers({})
    const channel = opened('own', { ...base, request: { url: `${provider.url}/{phone}` } })

    expect(await channel.send(testNotice({ phone: undefined }), never)).toMatchObject({ refusal: 'recipient' })
    expect(await channel.send(testNotice({ phone: '+84","to":"x' }), never)).toMatchObject({ refusal: 'recipient' })
    expect(provider.asked).toEqual([])
    expect(await channel.send(testNotice(), never)).toMatchObject({ ok: true })
    expect(provider.asked[0]?.path).toBe('/%2B84987654321')
  })

  it('writes words without diacritics where it is told to, and asks for an answer only where answers are read', async () => {
    provider.answers({})
    const body = '{"text":"{level} tai {station}, {text}"}'
    const own = { ...base, isPlain: true, request: { url: provider.url, body } }
    const reply = { from: { json: 'from' }, text: { json: 'text' } }

    const [deaf, hearing] = [opened('own', own), opened('own', { ...own, reply })]
    await deaf.send(testNotice(), never)
    expect(provider.json).toEqual({
      text: expect.stringMatching(/^Bao dong II tai Tram Nam Dan, CB ky thuat.*(?<!4821)$/)
    })
    await hearing.send(testNotice(), never)
    expect(provider.json).toEqual({ text: expect.stringMatching(/Tra loi 4821$/) })
    await Promise.all([deaf.stop(), hearing.stop()])
  })

  it('never reaches the own network unless it was named', async () => {
    const settings = httpSettings.parse({ ...base, request: { url: `${provider.url}/` } })
    provider.answers({})
    const channel = new HttpChannel({ settings, secrets: {}, tools: testTools({ reachable: [] }) })

    expect(await channel.send(testNotice(), never)).toMatchObject({ ok: false, refusal: 'channel' })
    expect(provider.asked).toEqual([])
  })
})

it('takes the example of docs/notify.md', () => {
  const page = readFileSync(new URL('../../../docs/notify.md', import.meta.url), 'utf8')
  const [, example = ''] = /```yaml\n(.*?)```/s.exec(page) ?? []

  expect(httpSettings.safeParse(parse(example))).toMatchObject({ success: true, data: { medium: 'sms' } })
  for (const name of Object.keys(presets)) expect(page).toContain(`| \`${name}\` |`)
})
