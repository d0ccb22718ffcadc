import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { never, testNotice, testTools, TestProvider } from './channel.fixture.ts'
import { channelKinds } from './channel.ts'
import type { ChannelKind } from './channel.ts'
import { freshPushKeys, freshWebhookSecret } from './fresh-secrets.ts'
import { presets } from './http/presets.ts'
import { openChannel } from './open-channel.ts'

const provider = new TestProvider()
beforeAll(() => provider.start())
afterAll(() => provider.stop())

const base64 = 'S3cr3tS3cr3tS3cr3tS3cr3tS3cr3tS3cr3t'
/** One of each, with secrets that can be told apart from everything else. */
function examples(): Readonly<Record<ChannelKind, { settings: object; secrets: object }>> {
  const url = provider.url
  const vapid = { subject: 'mailto:sen@example.vn', publicKey: `BF${'k'.repeat(85)}` }
  return {
    email: {
      settings: { host: '127.0.0.1', port: 1, user: 'sen', from: 'sen@example.vn' },
      secrets: { password: 'S3cr3t-mail' }
    },
    'zalo-zns': {
      settings: { appId: '1', templates: { alarm: { id: '1', fields: {} } }, url, oauthUrl: url },
      secrets: { appSecret: 'S3cr3t-app', refreshToken: 'S3cr3t-refresh', oaSecret: 'S3cr3t-oa' }
    },
    'sms-esms': { settings: { brandname: 'SEN', url }, secrets: { apiKey: 'S3cr3t-api', secretKey: 'S3cr3t-key' } },
    http: {
      settings: {
        medium: 'sms',
        address: 'phone',
        secrets: ['token'],
        request: { url: `${url}/{secret.token}`, body: '{"t":"{secret.token}"}' }
      },
      secrets: { token: 'S3cr3t-token' }
    },
    'web-push': { settings: vapid, secrets: { privateKey: `S3cr3t${'k'.repeat(37)}` } },
    webhook: { settings: { url }, secrets: { secret: `whsec_${base64}` } },
    mqtt: { settings: {}, secrets: {} },
    'gsm-modem': { settings: { port: 'tcp://127.0.0.1:1' }, secrets: { pin: '4711' } }
  }
}

describe.each(channelKinds)('%s', kind => {
  it('is opened without a connection, tells no secret in outcomes, checks and logs, and can be stopped twice', async () => {
    provider.answers((response, { path, headers, body }) =>
      response.end(JSON.stringify({ echo: { path, headers, body } }))
    )
    const said: unknown[] = []
    const note = (...line: unknown[]) => void said.push(line)
    const tools = testTools({
      log: { debug: note, info: note, warn: note, error: note },
      reportUrl: 'https://sen.example.vn/S3cr3t-url'
    })
    const channel = openChannel(kind, examples()[kind], tools)
    expect(channel.kind).toBe(kind)

    said.push(await channel.send(testNotice({ webhook: provider.url }), AbortSignal.timeout(300)))
    said.push(await channel.check?.(AbortSignal.timeout(300)))
    said.push(channel.reports?.({ query: {}, body: '{"S3cr3t":1}', headers: {} }))
    await channel.stop()
    await channel.stop()

    expect(JSON.stringify(said)).not.toMatch(/S3cr3t|4711/)
  })

  it('refuses settings and secrets that are none, by the field and never by its value', () => {
    const { settings, secrets } = examples()[kind]
    const opening = (change: object) => () => openChannel(kind, { settings, secrets, ...change }, testTools())

    expect(opening({ settings: { ...settings, unknown: 1 } })).toThrow(/settings/)
    expect(opening({ settings: undefined })).toThrow(/settings/)
    try {
      opening({ secrets: { ...secrets, wrong: ['S3cr3t-wrong'] } })()
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ code: 'SEN_INPUT_INVALID', message: expect.stringMatching(/secrets/) })
      expect(String(error)).not.toContain('S3cr3t')
    }
  })
})

it('takes every shipped preset once its values are filled in, and not before', () => {
  for (const { settings, asks } of Object.values(presets)) {
    const filled = {
      ...settings,
      values: { ...settings.values, ...Object.fromEntries(asks.map(name => [name, 'sen.example.vn'])) }
    }
    const secrets = Object.fromEntries((settings.secrets ?? []).map(name => [name, 'S3cr3t']))

    expect(openChannel('http', { settings: filled, secrets }, testTools()).medium).toBe(settings.medium)
    expect(() => openChannel('http', { settings: filled, secrets: {} }, testTools())).toThrow(/secret/)
    if (asks.length > 0)
      expect(() => openChannel('http', { settings, secrets }, testTools())).toThrow(/must be filled in/)
  }
})

it('sends nothing by a channel that is closed', async () => {
  const channel = openChannel('gsm-modem', examples()['gsm-modem'], testTools())
  await channel.stop()

  expect(await channel.send(testNotice(), never)).toMatchObject({ ok: false })
})

it('makes keys and secrets that its channels take', () => {
  const { publicKey, privateKey } = freshPushKeys()
  const push = { settings: { subject: 'mailto:sen@example.vn', publicKey }, secrets: { privateKey } }

  expect(openChannel('web-push', push, testTools()).kind).toBe('web-push')
  expect(openChannel('webhook', { settings: {}, secrets: freshWebhookSecret() }, testTools()).kind).toBe('webhook')
})
