import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { failures, never, signalFor, status, testNotice, testTools, TestProvider } from '../channel.fixture.ts'
import { webhookSecrets, webhookSettings } from './settings.ts'
import { WebhookChannel } from './webhook-channel.ts'

const bytes = Buffer.from('0123456789abcdef0123456789')
const secret = `whsec_${bytes.toString('base64')}`
const server = new TestProvider()
beforeAll(() => server.start())
afterAll(() => server.stop())

const opened = (settings: object = { url: `${server.url}/hook?key=in-the-address` }, reachable = ['127.0.0.1']) =>
  new WebhookChannel({
    ...{ settings: webhookSettings.parse(settings), secrets: webhookSecrets.parse({ secret }) },
    tools: testTools({ reachable, clock: { now: () => 1_763_800_000_500, monotonic: () => 0 } })
  })

it('posts facts and texts, signed as Standard Webhooks says, with the same id at each try', async () => {
  server.answers(status(204))
  const channel = opened()

  expect(await channel.send(testNotice(), never)).toEqual({ ok: true, detail: 'HTTP 204' })

  const { headers, body } = server.first
  expect(headers['webhook-id']).toBe('k-1f0c9a')
  expect(headers['webhook-timestamp']).toBe('1763800000')
  const expected = createHmac('sha256', bytes).update(`k-1f0c9a.1763800000.${body}`).digest('base64')
  expect(headers['webhook-signature']).toBe(`v1,${expected}`)
  expect(JSON.parse(body)).toMatchObject({
    type: 'alarm.worse',
    data: {
      thread: 'a-77b1',
      severity: 'high',
      value: { value: 7.1 },
      text: { sms: expect.stringContaining('Bao dong II') }
    }
  })
  await channel.stop()
})

it('posts to the address of the recipient where the channel has none', async () => {
  server.answers({})
  const channel = opened({})

  expect(await channel.send(testNotice({ webhook: `${server.url}/own` }), never)).toMatchObject({ ok: true })
  expect(server.asked[0]?.path).toBe('/own')
  expect(await channel.send(testNotice(), never)).toMatchObject({ refusal: 'recipient' })
  await channel.stop()
})

it.each([
  ...failures,
  ['gone', status(410), 'recipient'] as const,
  ['not found', status(404, 'x'.repeat(5000)), 'channel'] as const
])('%s is no success and no throw', async (_, answer, refusal) => {
  server.answers(answer)
  const channel = opened()

  const outcome = await channel.send(testNotice(), signalFor(answer))
  expect(outcome).toMatchObject({ ok: false, refusal })
  expect(outcome.detail?.length).toBeLessThanOrEqual(300)
  await channel.stop()
})

it('shows neither the secret nor the address, though the answer echoes them', async () => {
  server.answers((response, { path, headers }) =>
    response.writeHead(400).end(`${path} ${secret} ${JSON.stringify(headers)}`)
  )
  const channel = opened({ url: `${server.url}/hook?key=in-the-address` })

  const { detail } = await channel.send(testNotice(), never)
  expect(detail).not.toContain(secret.slice(6))
  expect(detail).not.toContain('in-the-address')
  await channel.stop()
})

it.each([
  'http://127.0.0.1:1/',
  'http://169.254.169.254/latest/meta-data/',
  'http://[::1]/',
  'http://2130706433/',
  'file:///etc/passwd'
])('never reaches the own network: %s', async url => {
  const channel = opened({}, [])

  expect(await channel.send(testNotice({ webhook: url }), never)).toMatchObject({ ok: false, refusal: 'channel' })
  await channel.stop()
})
