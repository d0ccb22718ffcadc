import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../model/log.ts'
import type { CodecInput, CodecPurpose } from './codec-runtime.ts'
import { QuickJsCodecRuntime } from './quickjs-codec-runtime.ts'

/* Ways of writing a codec that are found in public repositories. The codecs here are ours. */

const runtime = new QuickJsCodecRuntime({ log: silentLog })
beforeAll(() => runtime.start())
afterAll(() => runtime.stop())

async function answerOf(source: string, purpose: CodecPurpose, input: CodecInput): Promise<unknown> {
  const [result] = await runtime.run([{ codec: { id: source, source }, function: purpose, input }])
  return result?.ok === true ? result.output : result
}

const uplink = { bytes: [1, 2], fPort: 7, recvTime: Date.UTC(2026, 4, 3, 2, 1) }
const first = '{ return { data: { first: input.bytes[0] } } }'

test.each([
  ['a function', `function decodeUplink(input) ${first}`],
  ['an arrow function in a constant', `const decodeUplink = input => ${first}`],
  ['strict mode', `'use strict'; function decodeUplink(input) ${first}`],
  [
    'globals that are never declared',
    `function decodeUplink(input) { x = input.bytes[0]; return { data: { first: x } } }`
  ],
  ['octal-looking numbers', `function decodeUplink(input) { return { data: { first: input.bytes[00] } } }`],
  ['module.exports of a function declared', `function decodeUplink(input) ${first}\nmodule.exports = { decodeUplink }`],
  ['module.exports alone', `module.exports = { decodeUplink: function (input) ${first} }`],
  ['exports', `exports.decodeUplink = input => ${first}`],
  ['exports of a driver', `exports.driver = { decodeUplink: input => ${first} }`],
  ['a driver', `var driver; (() => { driver = { decodeUplink: input => ${first} } })()`],
  [
    'methods that call each other',
    `module.exports = { byte: i => i.bytes[0], decodeUplink(i) { return { data: { first: this.byte(i) } } } }`
  ],
  [
    'a bundle that asks what it runs in',
    `!function (root, make) { "object" == typeof exports && "object" == typeof module ? module.exports = make() : root.driver = make() }(this, () => ({ decodeUplink: input => ${first} }))`
  ],
  [
    'a test at its end for Node alone',
    `function decodeUplink(input) ${first}\nif (typeof require !== 'undefined' && require.main === module) process.exit(1)`
  ],
  ['an exported function', `export function decodeUplink(input) ${first}`],
  ['a default export', `export default { decodeUplink: input => ${first} }`],
  [
    'functions below an import',
    `import { Buffer } from 'buffer'\nfunction decodeUplink(input) { return { data: { first: Buffer.from(input.bytes).readUInt8(0) } } }`
  ],
  ['a bare answer', `function decodeUplink(input) { return { first: input.bytes[0] } }`],
  ['The Things Network v2', `function Decoder(bytes, port) { return { first: bytes[0] } }`],
  ['ChirpStack v3', `function Decode(fPort, bytes, variables) { return { first: bytes[0] } }`],
  [
    'one that wraps the older one',
    `function Decode(fPort, bytes) { return { first: bytes[0] } }\nfunction decodeUplink(i) { return { data: Decode(i.fPort, i.bytes, i.variables) } }`
  ]
])('decodes with %s', async (_title, source) => {
  expect(await answerOf(source, 'decode', uplink)).toEqual({ data: { first: 1 } })
})

test.each([
  [
    'encodeDownlink',
    'function encodeDownlink(input) { return { fPort: 3, bytes: [input.data.on] } }',
    { fPort: 3, bytes: [1] }
  ],
  [
    'a Uint8Array',
    'function encodeDownlink(input) { return { bytes: new Uint8Array([input.data.on]) } }',
    { bytes: [1] }
  ],
  [
    'Encoder of The Things Network v2',
    'function Encoder(object, port) { return [object.on, port] }',
    { bytes: [1, 9] }
  ],
  [
    'Encode of ChirpStack v3',
    'function Encode(fPort, object, variables) { return [object.on, fPort] }',
    { bytes: [1, 9] }
  ]
])('encodes with %s', async (_title, source, expected) => {
  expect(await answerOf(source, 'encode', { data: { on: 1 }, fPort: 9 })).toEqual(expected)
})

describe('the host gives', () => {
  test.each([
    ['the time of receipt as a Date', 'input.recvTime.toISOString()', '2026-05-03T02:01:00.000Z'],
    ['dates in words as elsewhere by default', 'input.recvTime.toLocaleString()', '5/3/2026, 2:01:00 AM'],
    ['the day alone', 'new Date(0).toLocaleDateString()', '1/1/1970'],
    ['the time alone', 'new Date(43200000).toLocaleTimeString()', '12:00:00 PM'],
    ['the local time as UTC', 'new Date(2026, 0, 1).toISOString()', '2026-01-01T00:00:00.000Z'],
    ['words for a date that is none', 'new Date("x").toLocaleString()', 'Invalid Date'],
    ['variables', 'Object.keys(input.variables).length', 0],
    ['a console that says nothing', 'String(console.log("x"))', 'undefined'],
    ['TextDecoder', 'new TextDecoder().decode(new Uint8Array([225, 187, 135]))', 'ệ'],
    ['TextDecoder for Latin-1', 'new TextDecoder("latin1").decode(new Uint8Array([233]))', 'é'],
    ['TextEncoder', 'Array.from(new TextEncoder().encode("ệ"))', [225, 187, 135]],
    ['BigInt', 'Number(BigInt.asIntN(64, BigInt("0xffffffffffffffff")))', -1]
  ])('%s', async (_title, expression, expected) => {
    const source = `function decodeUplink(input) { return { data: ${expression} } }`

    expect(await answerOf(source, 'decode', uplink)).toEqual({ data: expected })
  })

  test('no module but "buffer"', async () => {
    const source = `import fs from 'fs'\nexport function decodeUplink(input) ${first}`

    expect(await answerOf(source, 'decode', uplink)).toMatchObject({
      code: 'codec-error',
      message: expect.stringContaining('no module "fs"') as string
    })
  })

  test('an encoder’s function is named where there is none', async () => {
    expect(await answerOf('var x', 'encode', { data: {} })).toMatchObject({
      message: 'ReferenceError: the codec has none of encodeDownlink, Encoder and Encode'
    })
  })
})
