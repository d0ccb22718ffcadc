import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../model/log.ts'
import type { CodecCall, CodecFunction, CodecResult } from './codec-runtime.ts'
import { QuickJsCodecRuntime } from './quickjs-codec-runtime.ts'

/** Time that passes only when a test says so: suspensions end on command. */
let now = 0
const clock = { now: () => now, monotonic: () => now }
const runtime = new QuickJsCodecRuntime({ log: silentLog, clock })
beforeAll(() => runtime.start())
afterAll(() => runtime.stop())

const bytes = [1, 2, 3]

/** Each source its own codec, unless told otherwise. */
function call(source: string, name: CodecFunction | 'decode' = 'decode', id = source): CodecCall {
  return { codec: { id, source }, function: name, input: { bytes, fPort: 7, recvTime: 1_790_000_000_000 } }
}

/** Runs one call between two innocent ones of two other codecs, which must come to no harm. */
async function runBesideOthers(attack: CodecCall): Promise<CodecResult | undefined> {
  const before = call('function decodeUplink(input) { return { data: { sum: input.bytes[0] + input.bytes[1] } } }')
  const after = call('function Decoder(bytes, port) { return { port } }')
  const [first, result, last] = await runtime.run([before, attack, after])
  expect(first).toEqual({ ok: true, output: { data: { sum: 3 } } })
  expect(last).toEqual({ ok: true, output: { data: { port: 7 } } })
  return result
}

const uplink = (body: string) => `function decodeUplink(input) { ${body} }`
const timeout = { ok: false, code: 'codec-timeout' }
const memory = { ok: false, code: 'codec-memory' }
const error = (message: string) => ({
  ok: false,
  code: 'codec-error',
  message: expect.stringContaining(message) as string
})

describe('a hostile codec ends, and the others in its batch get their results', () => {
  test.each([
    ['an endless loop', uplink('while (1);'), timeout],
    ['an endless loop before any function', 'while (1);', timeout],
    ['an endless loop that catches everything', uplink('for (;;) try { for (;;); } catch (e) {}'), timeout],
    ['a getter that loops', uplink('return { data: { get a() { while (1); } } }'), timeout],
    ['a toJSON that loops', uplink('return { data: { toJSON() { while (1); } } }'), timeout],
    [
      'a toString that loops in an error',
      uplink('throw { name: "E", message: { toString() { while (1); } } }'),
      timeout
    ],
    ['a valueOf that loops', uplink('return { data: { n: +{ valueOf() { while (1); } } } }'), timeout],
    ['a proxy that loops', uplink('return new Proxy({}, { ownKeys() { while (1); } })'), timeout],
    ['a catastrophic regular expression', uplink('return { data: /^(a+)+$/.test("a".repeat(40) + "b") }'), timeout],
    ['a builtin that no interrupt reaches', uplink('return { data: new Array(4294967295).indexOf(1) }'), timeout],
    ['a gigabyte at once', uplink('return { data: new Uint8Array(1e9).length }'), memory],
    ['text of half a gigabyte', uplink('return { data: "x".repeat(5e8).length }'), memory],
    ['recursion', uplink('return decodeUplink(input)'), error('stack overflow')],
    [
      'mutual recursion through JSON',
      uplink('return JSON.stringify({ toJSON: () => decodeUplink(input) })'),
      error('')
    ],
    ['a cycle', uplink('const a = {}; a.a = a; return a'), error('circular')],
    ['a function', uplink('return () => 1'), error('returned function')],
    ['nothing', uplink(''), error('returned undefined')],
    ['null', uplink('return null'), error('returned null')],
    ['a list', uplink('return [1]'), error('returned an array')],
    ['a BigInt', uplink('return { data: 1n }'), error('BigInt')],
    ['a promise', 'async ' + uplink('return { data: 1 }'), error('returned a promise')],
    ['more than 256 KiB', uplink('return { data: "x".repeat(300000) }'), error('at most 262144')],
    ['what cannot be read', 'function (', error('SyntaxError')],
    ['no function', 'var x = 1', error('none of decodeUplink, Decoder and Decode')],
    ['an error that cannot be shown', uplink('throw { get name() { throw 1 } }'), error('cannot be shown')],
    ['an error', uplink('throw new TypeError("byte 3 is " + input.bytes[2])'), error('TypeError: byte 3 is 3')]
  ])('%s', async (_title, source, expected) => {
    expect(await runBesideOthers(call(source))).toMatchObject(expected)
  })

  test.each(['const all = []; for (;;) all.push(new Uint8Array(65536))', 'new Array(1e7).fill(0)'])(
    'memory that grows: %s',
    async body => {
      const result = await runBesideOthers(call(uplink(body)))

      // Whichever limit is met first.
      expect(['codec-memory', 'codec-timeout']).toContain(result?.ok === false ? result.code : 'ok')
    }
  )

  test('objects nested a hundred thousand deep', async () => {
    const result = await runBesideOthers(
      call(uplink('let a = {}; for (let i = 0; i < 1e5; i++) a = { a }; return { data: a }'))
    )

    expect(result?.ok).toBe(false)
  })
})

describe('the sandbox', () => {
  test.each(['process', 'require', 'fetch', 'setTimeout', 'WebAssembly', 'Worker', 'postMessage', 'std', 'os'])(
    'has no %s, not even by eval and Function',
    async name => {
      const source = uplink(
        `return { data: [typeof ${name}, (0, eval)('typeof ${name}'), Function('return typeof ${name}')()] }`
      )

      expect(await runtime.run([call(source)])).toEqual([
        { ok: true, output: { data: ['undefined', 'undefined', 'undefined'] } }
      ])
    }
  )

  test('keeps pollution of prototypes and builtins inside the codec', async () => {
    const attack = uplink(
      'Object.prototype.polluted = 1; Array.prototype.push = JSON.stringify = JSON.parse = null; return { data: {} }'
    )
    const innocent = uplink('return { data: { polluted: ({}).polluted ?? 0, push: typeof [].push } }')

    const [, result] = await runtime.run([call(attack), call(innocent), call(attack)])

    expect(result).toEqual({ ok: true, output: { data: { polluted: 0, push: 'function' } } })
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  test('lets __proto__ keys be ordinary data on the way out', async () => {
    const source = uplink('return { data: JSON.parse(\'{"__proto__": {"a": 1}, "constructor": 2}\') }')

    const [result] = await runtime.run([call(source)])

    expect(result?.ok && Object.entries((result.output as { data: object }).data)).toEqual([
      ['__proto__', { a: 1 }],
      ['constructor', 2]
    ])
  })

  test('is in UTC', async () => {
    const source = uplink(
      'return { data: [new Date(2026, 0, 1).getTime(), new Date(0).getTimezoneOffset(), new Date(0).getHours()] }'
    )

    expect(await runtime.run([call(source)])).toEqual([{ ok: true, output: { data: [Date.UTC(2026, 0, 1), 0, 0] } }])
  })

  test('keeps state between calls, and none for a codec marked stateful', async () => {
    const source = 'var n = 0; ' + uplink('return { data: ++n }')
    const warm = call(source, 'decode', 'warm')
    const fresh = { ...warm, codec: { id: 'fresh', source, isStateful: true } }

    const results = await runtime.run([warm, warm, fresh, fresh])

    expect(results.map(result => result.ok && result.output)).toEqual([1, 2, 1, 1].map(data => ({ data })))
  })

  test('reads the script as a sloppy one', async () => {
    const source =
      'leaked = 010; var self = this; ' + uplink('return { data: [leaked, typeof self.decodeUplink, this === self] }')

    expect(await runtime.run([call(source)])).toEqual([{ ok: true, output: { data: [8, 'function', true] } }])
  })
})

describe('the functions of a codec', () => {
  test.each<[string, string, CodecFunction | 'decode', unknown]>([
    [
      'decodeUplink gets bytes, port, time and variables',
      uplink(
        'return { data: [Array.isArray(input.bytes), input.fPort, input.recvTime instanceof Date && input.recvTime.toISOString(), input.variables] }'
      ),
      'decode',
      { data: [true, 7, '2026-09-21T14:13:20.000Z', {}] }
    ],
    [
      'Decoder gets bytes and port',
      'function Decoder(bytes, port) { return { bytes, port } }',
      'Decoder',
      { data: { bytes, port: 7 } }
    ],
    [
      'Decode gets port and bytes',
      'function Decode(fPort, bytes) { return { bytes, fPort } }',
      'decode',
      { data: { bytes, fPort: 7 } }
    ],
    [
      'decodeUplink goes before Decoder',
      'function Decoder() { return { old: 1 } } ' + uplink('return { data: { old: 0 } }'),
      'decode',
      { data: { old: 0 } }
    ],
    ['one bound by const is found', 'const decodeUplink = input => ({ data: input.fPort })', 'decode', { data: 7 }],
    [
      'an old one that answers in the new shape is not wrapped again',
      'function Decoder() { return { data: { a: 1 }, warnings: [] } }',
      'decode',
      { data: { a: 1 }, warnings: [] }
    ],
    [
      'typed arrays of bytes become lists',
      'function encodeDownlink() { return { bytes: Buffer.from("0102", "hex"), fPort: 2 } }',
      'encodeDownlink',
      { bytes: [1, 2], fPort: 2 }
    ]
  ])('%s', async (_title, source, name, output) => {
    expect(await runtime.run([call(source, name)])).toEqual([{ ok: true, output }])
  })

  test('fPort null and downlink data pass as they are', async () => {
    const source =
      uplink('return { data: input.fPort }') +
      ' function encodeDownlink(input) { return { bytes: [input.data.level] } }'
    const codec = { id: 'as they are', source }

    const results = await runtime.run([
      { codec, function: 'decode', input: { bytes: new Uint8Array(), fPort: null } },
      { codec, function: 'encodeDownlink', input: { data: { level: 3 } } }
    ])

    expect(results).toEqual([
      { ok: true, output: { data: null } },
      { ok: true, output: { bytes: [3] } }
    ])
  })

  test('numbers that are not finite arrive as they are, and text that looks like their mark too', async () => {
    const source = uplink('return { data: [NaN, Infinity, -Infinity, null, "\\u0000NaN", "\\u0000", -0] }')

    const [result] = await runtime.run([call(source)])

    expect(result).toEqual({
      ok: true,
      output: { data: [Number.NaN, Infinity, -Infinity, null, '\u0000NaN', '\u0000', 0] }
    })
  })

  test("the codec's own errors are a codec-error, its answer kept", async () => {
    const source = uplink('return { data: { a: 1 }, errors: ["unknown FPort", "short"] }')

    expect(await runtime.run([call(source)])).toEqual([
      {
        ok: false,
        code: 'codec-error',
        message: 'unknown FPort; short',
        output: { data: { a: 1 }, errors: ['unknown FPort', 'short'] }
      }
    ])
  })

  test('messages are cut to 300 characters', async () => {
    const [result] = await runtime.run([call(uplink('throw new Error("x".repeat(5000))'))])

    expect(result?.ok === false && result.message.length).toBe(300)
  })

  test('input that is no JSON is refused without a call', async () => {
    const codec = { id: 'echo', source: 'function encodeDownlink(input) { return input }' }

    expect(await runtime.run([{ codec, function: 'encodeDownlink', input: { data: 1n } }])).toEqual([
      { ok: false, code: 'codec-error', message: expect.stringContaining('not JSON') as string }
    ])
  })
})

describe('suspension', () => {
  const flaky = uplink('if (input.bytes[0] === 1) while (1); return { data: 1 }')
  const at = (first: number, id: string): CodecCall => ({
    codec: { id, source: flaky },
    function: 'decode',
    input: { bytes: [first], fPort: 1 }
  })
  const codes = (results: readonly CodecResult[]) => results.map(result => (result.ok ? 'ok' : result.code))

  test('calls after the one that looped wait, in that run and the next, and those before it stand', async () => {
    expect(codes(await runtime.run([at(0, 'a'), at(1, 'a'), at(0, 'a')]))).toEqual([
      'ok',
      'codec-timeout',
      'codec-suspended'
    ])
    expect(codes(await runtime.run([at(0, 'a'), at(0, 'other')]))).toEqual(['codec-suspended', 'ok'])
  })

  test('ends after 1 s, then 2 s, and is forgotten after a call that ends well', async () => {
    await runtime.run([at(1, 'b')])
    now += 1000
    expect(codes(await runtime.run([at(1, 'b')]))).toEqual(['codec-timeout'])
    now += 1999
    expect(codes(await runtime.run([at(0, 'b')]))).toEqual(['codec-suspended'])
    now += 1
    expect(codes(await runtime.run([at(0, 'b'), at(1, 'b')]))).toEqual(['ok', 'codec-timeout'])
    now += 1000
    expect(codes(await runtime.run([at(0, 'b')]))).toEqual(['ok'])
  })

  test('one whose thread had to be ended keeps the results of its earlier calls', async () => {
    const codec = {
      id: 'unstoppable',
      source: uplink('if (input.fPort) new Array(4294967295).indexOf(1); return { data: 1 }')
    }
    const calls = [0, 1, 0].map((fPort): CodecCall => ({ codec, function: 'decode', input: { bytes: [], fPort } }))

    expect(codes(await runtime.run(calls))).toEqual(['ok', 'codec-timeout', 'codec-suspended'])
  })
})

test('runs asked for at once are all answered, each with its own results', async () => {
  const source = uplink('return { data: input.fPort }')
  const codec = { id: 'port', source }
  const run = (fPort: number) => runtime.run([{ codec, function: 'decode', input: { bytes: [], fPort } }])

  const results = await Promise.all([1, 2, 3, 4].map(run))

  expect(results).toEqual([1, 2, 3, 4].map(data => [{ ok: true, output: { data } }]))
})

test('more codecs than there are warm contexts all work', async () => {
  const calls = Array.from({ length: 40 }, (_, i) => call(uplink(`return { data: ${i} }`)))

  const results = await runtime.run([...calls, ...calls])

  expect(results.map(result => result.ok && result.output)).toEqual(
    [...calls, ...calls].map((_, i) => ({ data: i % 40 }))
  )
})

test('stop waits for the run at hand and is safe to call twice', async () => {
  const other = new QuickJsCodecRuntime({ log: silentLog })
  await other.start()
  const run = other.run([call(uplink('return { data: 1 }'))])

  await Promise.all([other.stop(), other.stop()])

  expect(await run).toEqual([{ ok: true, output: { data: 1 } }])
  await expect(other.run([call('1')])).rejects.toThrow('stopped')
})

describe('what a decoder says, normalised', () => {
  const normaliser = 'function normalizeUplink({ data }) { return { data: { air: { temperature: data.t / 10 } } } }'
  test.each([
    [
      'is the normaliser’s answer',
      `${uplink('return { data: { t: 215 } }')} ${normaliser}`,
      { air: { temperature: 21.5 } }
    ],
    [
      'in a list of one is that one',
      `${uplink('return { data: { t: 1 } }')} function normalizeUplink({ data }) { return { data: [data] } }`,
      { t: 1 }
    ],
    [
      'in a list of several comes as measurements',
      `${uplink('return { data: [1, 2] }')} const normalizeUplink = ({ data }) => ({ data: data.map(t => ({ t })) })`,
      { measurements: [{ t: 1 }, { t: 2 }] }
    ]
  ])('%s', async (_, source, data) => {
    const [result] = await runtime.run([{ ...call(source), function: 'decodeNormalised' }])
    expect(result).toEqual({ ok: true, output: { data, warnings: [] } })
  })

  test('keeps the decoder’s errors and both functions’ warnings', async () => {
    const failing = `${uplink('return { errors: ["too short"] }')} ${normaliser}`
    const warning = `${uplink('return { data: { t: 0 }, warnings: ["a"] }')}
      function normalizeUplink() { return { data: {}, warnings: ["b"] } }`
    const results = await runtime.run(
      [failing, warning].map(source => ({ ...call(source), function: 'decodeNormalised' as const }))
    )
    expect(results).toMatchObject([error('too short'), { ok: true, output: { data: {}, warnings: ['a', 'b'] } }])
  })

  test('is an error where there is no normaliser', async () => {
    const [result] = await runtime.run([{ ...call(uplink('return { data: {} }')), function: 'decodeNormalised' }])
    expect(result).toEqual(error('no function normalizeUplink'))
  })
})
