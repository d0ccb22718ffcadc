import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from './json-limits.ts'

describe('parseJson', () => {
  it('parses whatever JSON.stringify writes within the limits', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), text => {
        expect(parseJson(Buffer.from(text))).toEqual({ ok: true, json: JSON.parse(text) as unknown })
      })
    )
  })

  it('refuses 100,000 nested arrays', () => {
    expect(parseJson(Buffer.from('['.repeat(100_000)))).toMatchObject({ ok: false, reason: 'json-too-deep' })
  })

  it('refuses an object of more than 1,000 keys, and takes an array of many objects', () => {
    const wide = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`k${i}`, i]))
    expect(parseJson(Buffer.from(JSON.stringify(wide)))).toMatchObject({ ok: false, reason: 'json-too-wide' })
    const many = Array.from({ length: 900 }, (_, i) => ({ ts: i, air_temperature: 1 }))
    expect(parseJson(Buffer.from(JSON.stringify(many)))).toMatchObject({ ok: true })
  })

  it('does not count brackets and colons inside text', () => {
    const text = JSON.stringify({ a: '[[[[:::"'.repeat(400), b: '\\' })
    expect(parseJson(Buffer.from(text))).toMatchObject({ ok: true })
  })

  it.each(['', '{', '{"a":}', 'NaN', '\u0000'])('says why "%s" is not JSON', text => {
    expect(parseJson(Buffer.from(text))).toMatchObject({ ok: false, reason: 'json-invalid' })
  })

  it.each([
    ['a byte that is in no character', [0xff]],
    ['half a character', [0xe1, 0xbb]],
    ['an overlong form', [0xc0, 0xaf]],
    ['half a surrogate pair', [0xed, 0xa0, 0x80]]
  ])('refuses %s instead of putting another in its place', (_title, bytes) => {
    const text = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')])
    expect(parseJson(text)).toEqual({ ok: false, reason: 'json-invalid', detail: 'not UTF-8' })
  })

  it('lets the last value of a repeated key stand', () => {
    expect(parseJson(Buffer.from('{"a":1,"b":2,"a":3,"\\u0061":4}'))).toEqual({ ok: true, json: { a: 4, b: 2 } })
  })

  it('counts repeated keys each time', () => {
    const text = `{${Array.from({ length: 1001 }, () => '"a":1').join()}}`
    expect(parseJson(Buffer.from(text))).toMatchObject({ ok: false, reason: 'json-too-wide' })
  })
})
