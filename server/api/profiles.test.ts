import { readFileSync } from 'node:fs'
import { beforeEach, describe, expect, test } from 'vitest'
import { startedApi } from './api.fixture.ts'
import type { Answer, Caller } from './api.fixture.ts'

const present = readFileSync(new URL('../../devices/profiles/dragino-lse01/codec.js', import.meta.url), 'utf8')

let admin: Caller
beforeEach(async () => {
  admin = await (await startedApi()).as('administrator')
})

const tryCodec = (codec: string, id = 'dragino-lse01'): Promise<Answer> =>
  admin('POST', `/profiles/${id}/codec?dryRun=true`, { codec })

/** The results of the examples, each once. */
function resultsIn({ body }: Answer): ReadonlySet<string> {
  return new Set((body as { examples: readonly { result: string }[] }).examples.map(({ result }) => result))
}

describe('a codec on trial', () => {
  test('that is the present one changes no example', async () => {
    const answer = await tryCodec(present)

    expect(answer).toMatchObject({ status: 200, body: { isStateful: false } })
    expect(resultsIn(answer)).toEqual(new Set(['same']))
  })

  test('is tried with downlinks, too', async () => {
    const valve = readFileSync(new URL('../../devices/profiles/milesight-uc511/codec.js', import.meta.url), 'utf8')
    const { body } = await tryCodec(valve, 'milesight-uc511')

    const { examples } = body as { readonly examples: readonly { readonly isAsStated: boolean }[] }
    expect(examples.filter(({ isAsStated }) => !isAsStated)).toEqual([])
  })

  test('that answers otherwise is shown field by field', async () => {
    const wrapper = `${present}\nconst before = decodeUplink\ndecodeUplink = input => { const o = before(input); if (o.data) { o.data.extra = 1 } return o }`
    const { body } = await tryCodec(wrapper)

    expect(body).toMatchObject({
      examples: expect.arrayContaining([
        expect.objectContaining({
          result: 'changed',
          isAsStated: false,
          changes: [expect.objectContaining({ field: 'data.extra', after: 1 })]
        })
      ]) as unknown
    })
  })

  test.each([
    ['throws', 'function decodeUplink() { throw new Error("no") }', 'Error: no'],
    ['cannot be read', 'function (', 'SyntaxError'],
    ['never ends', 'function decodeUplink() { for (;;); }', 'did not end in time']
  ])('that %s fails, with the reason', async (_title, codec, reason) => {
    const { body } = await tryCodec(codec)

    expect(body).toMatchObject({
      examples: expect.arrayContaining([
        expect.objectContaining({ result: 'fails', reason: expect.stringContaining(reason) as string })
      ]) as unknown
    })
  })

  test('that remembers is called stateful', async () => {
    const { body } = await tryCodec('let n = 0; function decodeUplink() { return { data: { n: n++ } } }')

    expect(body).toMatchObject({ isStateful: true })
  })

  test('leaves the codec in use as it was', async () => {
    await tryCodec('function decodeUplink() { return { data: {} } }')

    expect(resultsIn(await tryCodec(present))).toEqual(new Set(['same']))
  })
})

test.each([
  ['a dryRun that is neither', '/profiles/dragino-lse01/codec?dryRun=x', { codec: 'x' }, 400, 'SEN_INPUT_INVALID'],
  ['without a codec', '/profiles/dragino-lse01/codec?dryRun=true', {}, 400, 'SEN_INPUT_INVALID'],
  ['a profile that is not there', '/profiles/nothing/codec?dryRun=true', { codec: 'x' }, 404, 'SEN_NOT_FOUND'],
  ['a profile of JSON', '/profiles/json-weather/codec?dryRun=true', { codec: 'x' }, 400, 'SEN_INPUT_INVALID'],
  ['more than 1 MiB', '/profiles/dragino-lse01/codec?dryRun=true', { codec: ' '.repeat(1_100_000) }, 400, 'SEN_']
])('refuses %s', async (_title, path, body, status, code) => {
  const answer = await admin('POST', path, body)

  expect(answer.status).toBe(status)
  expect(JSON.stringify(answer.body)).toContain(code)
})

test('tries one codec at a time', async () => {
  const answers = await Promise.all([tryCodec(present), tryCodec(present)])

  expect(answers.map(({ status }) => status).sort()).toEqual([200, 503])
})

describe('a codec that is put in place', () => {
  const doubled = `${present}\nconst before = decodeUplink\ndecodeUplink = input => { const o = before(input); if (o.data) { o.data.extra = 1 } return o }`
  const put = (codec: string, more: object = {}): Promise<Answer> =>
    admin('POST', '/profiles/dragino-lse01/codec', { codec, ...more })

  test('goes live at once if every example has the stated answer', async () => {
    const same = `${present}\n// another version`
    expect(await put(same)).toMatchObject({ status: 200, body: { isInPlace: true } })
    const { body } = await tryCodec(same)
    const { present: now, version } = body as { readonly present: string; readonly version: string }
    expect(now).toBe(version)
  })

  test('waits where it answers otherwise, until the difference is accepted', async () => {
    expect(await put(doubled)).toMatchObject({ body: { isInPlace: false } })
    expect(await admin('GET', '/profiles/dragino-lse01/versions')).toMatchObject({ body: { items: [] } })
    expect(await put(doubled, { accept: true })).toMatchObject({ body: { isInPlace: true } })
    expect(await admin('GET', '/profiles/dragino-lse01/versions')).toMatchObject({
      body: { items: [{ author: 'administrator', isRemoval: false }] }
    })
    expect(resultsIn(await tryCodec(doubled))).toEqual(new Set(['same']))
  })

  test('is taken away again, and the one that came with Sen stands', async () => {
    await put(doubled, { accept: true })
    expect((await admin('DELETE', '/profiles/dragino-lse01')).status).toBe(204)
    expect(resultsIn(await tryCodec(present))).toEqual(new Set(['same']))
    expect((await admin('DELETE', '/profiles/dragino-lse01')).status).toBe(404)
  })
})

describe('a whole profile', () => {
  const weather = {
    ...{ id: 'tram-moi', vendor: 'Sen', model: 'Trạm', payload: 'json', source: 'thử' },
    ...{ name: { vi: 'Trạm mới', en: 'New station' }, fields: { t: { metric: 'air_temperature', scale: 0.1 } } }
  }
  const example = { json: { t: 253 }, readings: [{ metric: 'air_temperature', value: 25.3 }] }

  test('is put in place once its examples have passed', async () => {
    const wrong = { ...example, readings: [{ metric: 'air_temperature', value: 26 }] }
    const refused = await admin('PUT', '/profiles/tram-moi', { profile: weather, examples: [wrong] })
    expect(refused.status).toBe(400)
    expect(JSON.stringify(refused.body)).toContain('SEN_PROFILE_INVALID')
    expect((await admin('PUT', '/profiles/tram-moi', { profile: weather, examples: [example] })).status).toBe(200)
    expect(await admin('GET', '/profiles/tram-moi')).toMatchObject({ status: 200, body: { vendor: 'Sen' } })
  })

  test('is not smuggled past its examples', async () => {
    const change = { kind: 'profile', version: { profile: weather, examples: [] } }
    expect((await admin('POST', '/registry', { changes: [change] })).status).toBe(400)
  })
})
