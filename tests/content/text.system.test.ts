import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ContentSen, site } from './content-sen.ts'

/* Text of every kind, in values, names and ids: it comes back as it was sent, to the byte, or it is refused and counted. */
let sen: ContentSen

beforeAll(async () => {
  sen = await ContentSen.start({ 'lua-01': 'json-weather' })
}, 60_000)

afterAll(() => sen.remove())

const kept: readonly (readonly [title: string, text: string])[] = [
  ['Vietnamese, composed (NFC)', 'Nghệ An'.normalize('NFC')],
  ['Vietnamese, decomposed (NFD)', 'Nghệ An'.normalize('NFD')],
  ['right to left', 'van \u202e\u05e9\u05dc\u05d5\u05dd\u202c \u200f\u200e'],
  ['zero width', 'a\u200bb\u200cc\u200dd\u2060e'],
  ['a byte order mark', '\ufeffx\ufeff'],
  ['emoji with joiners', '👩🏽‍🌾🌾🏳️‍🌈'],
  ['four-byte characters', '𠀋𝒳\u{10ffff}'],
  ['noncharacters', '\ufffe\uffff'],
  ['the replacement character itself', '\ufffd'],
  ['control characters', 'a\u0001\u0008\u001b[31m\u007f\u0085'],
  ['U+0000', 'a\u0000b'],
  ['line ends', 'a\r\nb\nc\rd\u2028e\u2029'],
  ['spaces around', '  \t x \u00a0 '],
  ['nothing', ''],
  ['quotes, commas, a formula', '=1+"2",\'3\';--'],
  ['markup', '<script>alert(1)</script>&amp;'],
  ['the longest', 'ữ'.repeat(1000)]
]

describe('text in a value', { timeout: 60_000 }, () => {
  it('comes back as it was sent, to the byte', async () => {
    const begin = Date.now() - 3_600_000
    for (const [i, [, text]] of kept.entries()) await sen.publish('lua-01', { ts: begin + i * 1000, status_text: text })
    // The same in JSON's own escapes.
    for (const [i, [, text]] of kept.entries()) {
      const escaped = text.replaceAll(/./gsu, one =>
        [...Array(one.length).keys()].map(k => `\\u${one.charCodeAt(k).toString(16).padStart(4, '0')}`).join('')
      )
      await sen.publish('lua-01', `{"ts":${begin + 100_000 + i * 1000},"status_text":"${escaped}"}`)
    }
    await sen.accounts()
    const { value } = await sen.rows('lua-01', 'status_text')
    expect(value).toHaveLength(2 * kept.length)
    for (const [i, [title, text]] of kept.entries()) {
      for (const found of [value[i], value[i + kept.length]])
        expect([title, Buffer.from(String(found)).toString('hex')]).toEqual([title, Buffer.from(text).toString('hex')])
    }
  })

  it('comes back from the newest values and from a stream as well', async () => {
    const text = kept
      .map(([, one]) => one)
      .join('')
      .slice(0, 900)
      .toWellFormed()
    await sen.publish('lua-01', { status_text: text })
    await sen.accounts()
    const { items } = (await sen.get('/readings/latest?device=lua-01&metric=status_text')) as {
      readonly items: readonly { readonly value: string }[]
    }
    expect(items.map(({ value }) => value)).toEqual([text])
  })

  it.each([
    ['half a surrogate pair as an escape', '"\\ud800"', 'value-invalid', 'text-not-unicode'],
    ['the other half', '"x\\udc00x"', 'value-invalid', 'text-not-unicode'],
    ['the halves the wrong way round', '"\\udf31\\ud83c"', 'value-invalid', 'text-not-unicode'],
    ['a byte that is in no character', Buffer.from([0x22, 0xff, 0x22]), 'json-invalid', 'not UTF-8'],
    ['half a surrogate pair in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'json-invalid', 'not UTF-8'],
    ['an overlong form', Buffer.from([0x22, 0xc0, 0xaf, 0x22]), 'json-invalid', 'not UTF-8'],
    ['one character too many', `"${'x'.repeat(1001)}"`, 'value-invalid', 'text-too-long']
  ])('that is %s is refused and counted', async (_title, json, reason, detail) => {
    const before = await sen.accounts()
    const payload = Buffer.concat([Buffer.from('{"status_text":'), Buffer.from(json as string), Buffer.from('}')])
    await sen.publish('lua-01', payload)
    const { messages } = await sen.accounts()
    expect(messages.quarantined - before.messages.quarantined).toBe(1)
    const [newest] = await sen.quarantine(messages.quarantined)
    expect(newest).toMatchObject({ reason, detail: expect.stringContaining(detail) as string })
  })
})

describe('text in names', { timeout: 60_000 }, () => {
  const names = [
    'Hồ Vực Mấu'.normalize('NFC'),
    'Hồ Vực Mấu'.normalize('NFD'),
    'a\u202eb\u200bc',
    '👩🏽‍🌾',
    '𠀋',
    '__proto__'
  ]
  const devices = names.map((name, i) => ({ id: `ten-${i}`, name, site, profile: 'json-weather' }))

  it('is taken', () => sen.postJson('/registry', { changes: devices.map(device => ({ kind: 'device', device })) }))

  const attempt = (device: string) =>
    fetch(`${sen.http}/api/v1/registry`, {
      method: 'POST',
      headers: { authorization: `Bearer ${sen.token}`, 'content-type': 'application/json' },
      body: `{"changes":[{"kind":"device","device":${device}}]}`
    })
  const device = (more: string) => `{"id":"xau","name":"xấu","site":"${site}","profile":"json-weather",${more}}`

  it.each<[title: string, body: string]>([
    ['half a surrogate pair in a name', device('"name":"\\ud800"')],
    ['a control character in a name', device('"name":"a\\u0000b"')],
    ['half a surrogate pair in a plot', device('"mounting":{"plot":"\\ud800"}')],
    ['half a surrogate pair in an id elsewhere', device('"externalIds":{"serial":"\\ud800"}')],
    ['half a surrogate pair in a name of an id elsewhere', device('"externalIds":{"\\ud800":"x"}')],
    ...['lúa', 'lúa'.normalize('NFD'), 'a\u200bb', 'а', 'a b', 'a/b', 'a+b', '#', '$SYS', '', 'ｔ', 'ſ', 'İ'].map(
      id => [`the id ${JSON.stringify(id)}`, device(`"id":${JSON.stringify(id)}`)] as [string, string]
    )
  ])('is refused: %s', async (_title, body) => {
    const answer = await attempt(body)
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([400, 'SEN_INPUT_INVALID'])
    await expect(sen.get('/devices/xau')).rejects.toThrow('404')
  })

  it('does not lead a message from one device to another', async () => {
    const before = await sen.accounts()
    const lookalikes = ['ten-0\u200b', 'tén-0'.normalize('NFD'), 'ten\u20110', 'te\uff4e-0']
    for (const id of lookalikes) {
      const client = await connectAsync(sen.process.ready.mqtt ?? '', {
        ...sen.login,
        protocolVersion: 4,
        reconnectPeriod: 0
      })
      const closed = new Promise<void>(resolve => client.once('close', () => resolve()))
      client.publish(`site/${site}/${id}/telemetry`, '{"ph":7}', { qos: 1 })
      await closed
      await client.endAsync(true)
    }
    // An id like any other, of a device that nobody registered.
    await sen.publish('TEN-0', { ph: 7 })
    const { messages } = await sen.accounts()
    expect(messages.received - before.messages.received).toBe(1)
    expect(messages.quarantined - before.messages.quarantined).toBe(1)
    expect((await sen.rows('ten-0', 'ph')).value).toEqual([])
  })

  it('comes back after a restart as it was sent, and twins that differ in normal form alone stay two devices', async () => {
    await sen.process.stop()
    await sen.process.start()
    for (const { id, name } of devices) {
      const found = (await sen.get(`/devices/${id}`)) as { readonly name: string }
      expect(Buffer.from(found.name).toString('hex')).toBe(Buffer.from(name).toString('hex'))
    }
  })
})
