import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto'
import webPush from 'web-push'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { floodFacts } from '../../text/facts.fixture.ts'
import { failures, never, signalFor, status, testNotice, testTools, TestProvider } from '../channel.fixture.ts'
import type { ProviderAnswer } from '../channel.fixture.ts'
import { webPushSecrets, webPushSettings } from './settings.ts'
import { WebPushChannel } from './web-push-channel.ts'

const { publicKey, privateKey } = webPush.generateVAPIDKeys()
const service = new TestProvider('latin1')
beforeAll(() => service.start())
afterAll(() => service.stop())

/** A browser that has subscribed. */
class Browser {
  readonly #keys = createECDH('prime256v1')
  readonly #auth = randomBytes(16)
  readonly #public = this.#keys.generateKeys()
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  get push() {
    const [p256dh, auth] = [this.#public.toString('base64url'), this.#auth.toString('base64url')]
    return { endpoint: service.url + this.path, p256dh, auth }
  }

  /** RFC 8291, 3.4 and RFC 8188, 2. */
  read(message: Buffer): Record<string, unknown> {
    const salt = message.subarray(0, 16)
    const keyLength = message[20] ?? 0
    const sender = message.subarray(21, 21 + keyLength)
    const derived = (secret: Uint8Array, salted: Uint8Array, info: Uint8Array, length: number) =>
      Buffer.from(hkdfSync('sha256', secret, salted, info, length))
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), this.#public, sender])
    const material = derived(this.#keys.computeSecret(sender), this.#auth, info, 32)
    const key = derived(material, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16)
    const nonce = derived(material, salt, Buffer.from('Content-Encoding: nonce\0'), 12)
    const sealed = message.subarray(21 + keyLength)
    const decipher = createDecipheriv('aes-128-gcm', key, nonce).setAuthTag(sealed.subarray(-16))
    const text = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
    return JSON.parse(text.subarray(0, text.lastIndexOf(2)).toString())
  }
}

const opened = (reachable = ['127.0.0.1']) =>
  new WebPushChannel({
    settings: webPushSettings.parse({ subject: 'mailto:sen@example.vn', publicKey }),
    ...{ secrets: webPushSecrets.parse({ privateKey }), tools: testTools({ reachable }) }
  })

describe('a push', () => {
  it('can be read by the browser alone, is signed by Sen, urgent, short-lived, and takes the place of an earlier one', async () => {
    service.answers(status(201))
    const browser = new Browser('/push/1')
    const channel = opened()

    expect(await channel.send(testNotice({ pushes: [browser.push] }), never)).toEqual({ ok: true, detail: 'HTTP 201' })

    const { headers, body } = service.first
    expect(browser.read(Buffer.from(body, 'latin1'))).toMatchObject({
      ...{
        key: 'k-1f0c9a',
        title: 'Cảnh báo kỹ thuật tăng mức: Báo động II, Trạm Nam Đàn',
        url: 'https://sen.example.vn/a/Xk3v9'
      },
      body: expect.stringContaining('Mực nước 7,10 m, trên báo động II là 0,20 m')
    })
    expect(headers).toMatchObject({ ttl: '3600', urgency: 'high', 'content-encoding': 'aes128gcm' })
    expect(headers['topic']).toMatch(/^[A-Za-z0-9_-]{32}$/)

    const [, token = '', key] = /^vapid t=([^,]+), k=(.+)$/.exec(headers.authorization ?? '') ?? []
    const [head, claims = '', signature = ''] = token.split('.')
    const point = Buffer.from(publicKey, 'base64url')
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url')
    }
    const signer = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' } as const
    expect(verify('sha256', Buffer.from(`${head}.${claims}`), signer, Buffer.from(signature, 'base64url'))).toBe(true)
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      aud: service.url,
      sub: 'mailto:sen@example.vn'
    })
    expect(key).toBe(publicKey)
    await channel.stop()
  })

  it('tells every browser, and says which have left', async () => {
    service.answers(
      (response, { path }) => void response.writeHead(path === '/gone' ? 410 : path === '/lost' ? 404 : 201).end()
    )
    const pushes = ['/gone', '/here', '/lost'].map(path => new Browser(path).push)
    const channel = opened()

    expect(await channel.send(testNotice({ pushes }), never)).toMatchObject({
      ...{ ok: true, gone: [`${service.url}/gone`, `${service.url}/lost`] }
    })
    expect(await channel.send(testNotice({ pushes: pushes.slice(0, 1) }), never)).toMatchObject({
      ...{ ok: false, refusal: 'recipient', gone: [`${service.url}/gone`] }
    })
    expect(await channel.send(testNotice({ pushes: [] }), never)).toMatchObject({ ok: false, refusal: 'recipient' })
    await channel.stop()
  })

  it.each<readonly [string, ProviderAnswer, string]>([
    ...failures,
    ['too large', status(413, 'Payload too large'), 'channel'],
    ['a key that does not fit', status(403, 'VAPID public key mismatch'), 'channel']
  ])('%s is no success and no throw', async (_, answer, refusal) => {
    service.answers(answer)
    const channel = opened()
    const notice = testNotice({ pushes: [new Browser('/p').push] })

    expect(await channel.send(notice, signalFor(answer))).toMatchObject({ ok: false, refusal })
    await channel.stop()
  })

  it('stays below 4,096 bytes however long names are', async () => {
    service.answers(status(201))
    const long = 'ộ'.repeat(2000)
    const facts = floodFacts({ subject: long, place: long, advice: { vi: long }, what: { vi: long } })
    const channel = opened()

    await channel.send(testNotice({ pushes: [new Browser('/p').push] }, { facts }), never)

    expect(Buffer.from(service.asked[0]?.body ?? '', 'latin1').length).toBeLessThanOrEqual(4096)
    await channel.stop()
  })

  it('never reaches the own network, and forgets keys that are none', async () => {
    const { push } = new Browser('/p')
    service.answers(status(201))

    expect(await opened([]).send(testNotice({ pushes: [push] }), never)).toMatchObject({
      ok: false,
      refusal: 'channel'
    })
    const broken = { ...push, p256dh: 'AAAA' }
    expect(await opened().send(testNotice({ pushes: [broken] }), never)).toMatchObject({
      refusal: 'recipient',
      gone: [push.endpoint]
    })
    expect(service.asked).toEqual([])
  })
})
