import { createHmac, createPrivateKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { startedApi } from './api.fixture.ts'
import type { Api } from './api.fixture.ts'
import { issueAuthority } from '../tls/issue.ts'

const mapping = { device: '{device}', fields: { t: 'air_temperature' } }
const mqtt = { type: 'mqtt', name: 'mua', url: 'mqtt://u:geheim@h', topics: ['farm/{device}'], mapping }
const webhook = { type: 'webhook', name: 'ngoai', mapping: { device: '{@.id}' } }

const post = (api: Api, path: string, payload: string, headers: Readonly<Record<string, string>> = {}) =>
  api.app.inject({ method: 'POST', url: `/api/v1${path}`, payload, headers })

describe('a connection', () => {
  it('is added, shown without its secrets, changed, paused and removed', async () => {
    const api = await startedApi()
    const admin = await api.as('administrator')
    const { cert: ca } = await issueAuthority([], Date.now())
    const [, secretLine = ''] = ca.split('\n')
    expect((await admin('POST', '/connectors', { ...mqtt, tls: { ca } })).status).toBe(201)
    expect((await admin('POST', '/connectors', mqtt)).status).toBe(409)
    const change = { topics: ['ruong/{device}'], quota: { perSecond: 5 }, isPaused: true }
    expect((await admin('PATCH', '/connectors/mua', change)).body).toMatchObject({
      ...{ name: 'mua', type: 'mqtt', state: 'paused', tls: ['ca'], quota: { perSecond: 5 } },
      ...{ topics: ['ruong/{device}'], mapping }
    })
    const listed = await admin('GET', '/connectors')
    const told = JSON.stringify([listed, await api.state.connectors()])
    for (const secret of ['geheim', secretLine]) expect(told).not.toContain(secret)
    expect(await api.state.connectors()).toMatchObject([{ options: { formerFilters: ['farm/+'] } }])
    expect(await admin('PATCH', '/connectors/mua', { isPaused: false })).toMatchObject({ body: { isPaused: false } })
    expect((await admin('DELETE', '/connectors/mua')).status).toBe(204)
    expect((await admin('GET', '/connectors/mua')).status).toBe(404)
    expect(api.services.registry.connectorMappings.size).toBe(0)
  })

  it('is refused with value and rule', async () => {
    const admin = await (await startedApi()).as('administrator')
    const own = await issueAuthority([], Date.now())
    const other = await issueAuthority([], Date.now())
    const locked = createPrivateKey(own.key)
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'geheim' })
      .toString()
    const refusals: readonly (readonly [body: object, rule: string])[] = [
      [{ ...mqtt, url: undefined }, 'needs "url"'],
      [{ ...mqtt, mapping: undefined }, 'needs "mapping"'],
      [{ ...mqtt, topics: undefined }, 'needs "topics"'],
      [{ ...mqtt, mapping: { device: '{dev}' } }, 'names no level {dev}'],
      [{ ...mqtt, mapping: { ...mapping, fields: { t: 'khong_co' } } }, '"khong_co" is no metric'],
      [{ ...mqtt, tls: { certificate: own.cert } }, 'given together'],
      [{ ...mqtt, tls: { certificate: own.cert, key: other.key } }, 'tls.key is not the key of tls.certificate'],
      [{ ...mqtt, tls: { certificate: own.cert, key: locked } }, 'one with a passphrase cannot'],
      [{ ...mqtt, tls: { certificate: '-----BEGIN CERTIFICATE-----\ngeheim', key: own.key } }, 'tls.certificate is no'],
      [{ ...mqtt, tls: { ca: '-----BEGIN CERTIFICATE-----\ngeheim' } }, 'tls.ca is no certificate'],
      [{ ...webhook, topics: ['a'] }, 'a webhook has no topics'],
      [{ ...mqtt, type: 'chirpstack' }, 'no mapping of its own']
    ]
    for (const [body, rule] of refusals) {
      const answer = await admin('POST', '/connectors', body)
      const told = expect.stringContaining(JSON.stringify(rule).slice(1, -1))
      expect([answer.status, JSON.stringify(answer.body)]).toEqual([400, told])
    }
  })

  it('can be tried on a message, and nothing is kept', async () => {
    const api = await startedApi()
    const admin = await api.as('administrator')
    const trial = (payload: unknown) =>
      admin('POST', '/connectors/trial', { topics: mqtt.topics, mapping, topic: 'farm/a', payload })
    expect((await trial('{"t":"23.5","x":1,"ts":1e300}')).body).toEqual({
      samples: [
        {
          ...{ device: 'a', isRegistered: false, time: null, refused: [], unmapped: ['x'] },
          readings: [{ metric: 'air_temperature', value: 23.5 }]
        }
      ],
      problem: null
    })
    expect((await trial('{')).body).toMatchObject({ problem: { reason: 'json-invalid' } })
    expect(api.process.raw.status().messages).toBe(0)
  })
})

describe('a webhook', () => {
  it('takes what others send, with its token wherever they can put it', async () => {
    const api = await startedApi()
    const admin = await api.as('administrator')
    const { body } = await admin('POST', '/connectors', webhook)
    const { token } = body as { readonly token: string }
    const { token: second } = (await admin('POST', '/connectors/ngoai/credentials')).body as { readonly token: string }
    const path = '/ingest/webhook/ngoai'
    const basic = `Basic ${Buffer.from(`ai:${token}`).toString('base64')}`
    const answers = [
      await post(api, path, '{"id":"a"}', { authorization: `Bearer ${token}` }),
      await post(api, path, '[]', { authorization: basic, 'content-type': 'text/plain' }),
      await post(api, `${path}?token=${second}`, 'x=1', { 'content-type': 'application/x-www-form-urlencoded' }),
      await post(api, path, '{}'),
      await post(api, '/ingest/webhook/khac', '{}', { authorization: `Bearer ${token}` }),
      await post(api, '/ingest/telemetry?site=s&device=d', '{}', {
        authorization: `Basic ${Buffer.from(`webhook:ngoai:${token}`).toString('base64')}`
      })
    ]
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 202, 202, 401, 401, 403])
    expect(api.process.raw.status().messages).toBe(3)
    const { items } = (await admin('GET', '/connectors/ngoai/credentials')).body as { items: readonly { id: string }[] }
    await admin('DELETE', `/connectors/ngoai/credentials/${items[0]?.id}`)
    expect((await post(api, `${path}?token=${token}`, '{}')).statusCode).toBe(401)
    expect((await post(api, `${path}?token=${second}`, '{}')).statusCode).toBe(202)
    await admin('PATCH', '/connectors/ngoai', { isPaused: true })
    expect(await post(api, `${path}?token=${second}`, '{}')).toMatchObject({
      statusCode: 503,
      headers: { 'retry-after': '60' }
    })
  })

  it('checks the signature of who signs', async () => {
    const api = await startedApi()
    const admin = await api.as('administrator')
    const signature = { header: 'X-Hub-Signature-256', secret: 'bí mật chung' }
    const { body } = await admin('POST', '/connectors', { ...webhook, signature })
    const { token } = body as { readonly token: string }
    const send = (given: Readonly<Record<string, string>>) =>
      post(api, `/ingest/webhook/ngoai?token=${token}`, '{"a":1}', given)
    const hmac = createHmac('sha256', signature.secret).update('{"a":1}')
    const digest = hmac.digest()
    const answers = [
      await send({ 'x-hub-signature-256': `sha256=${digest.toString('hex')}` }),
      await send({ 'x-hub-signature-256': digest.toString('base64') }),
      await send({ 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }),
      await send({})
    ]
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 202, 401, 401])
    expect((await admin('GET', '/connectors/ngoai')).body).toMatchObject({
      ...{ state: 'open', received: 2, refused: 2, lastError: expect.stringContaining('is missing') },
      signature: { header: 'x-hub-signature-256', algorithm: 'sha256' }
    })
    expect(JSON.stringify([await admin('GET', '/connectors'), await api.state.connectors()])).not.toContain('bí mật')
  })

  it('that sends more than its quota is told when to come again, and reported', async () => {
    const api = await startedApi()
    const admin = await api.as('administrator')
    const { body } = await admin('POST', '/connectors', { ...webhook, quota: { perSecond: 0.1 } })
    const { token } = body as { readonly token: string }
    const send = () => post(api, `/ingest/webhook/ngoai?token=${token}`, '{}')
    expect((await send()).statusCode).toBe(202)
    expect(await send()).toMatchObject({ statusCode: 429, headers: { 'retry-after': '10' } })
  })
})
