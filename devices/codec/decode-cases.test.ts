import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLog } from '../../model/log.ts'
import { decodeCases } from './decode-cases.ts'
import type { DecodeAnswer } from './decode-cases.ts'
import { QuickJsCodecRuntime } from './quickjs-codec-runtime.ts'

const runtime = new QuickJsCodecRuntime({ log: silentLog })
beforeAll(() => runtime.start())
afterAll(() => runtime.stop())

async function answersTo(...cases: readonly unknown[]): Promise<readonly DecodeAnswer[]> {
  const lines = cases.map(one => (typeof one === 'string' ? one : JSON.stringify(one)))
  return Array.fromAsync(decodeCases(lines, runtime))
}

const codec = `
  var calls = 0
  function decodeUplink(input) { return { data: { n: input.bytes.length, port: input.fPort, calls: ++calls } } }
  function decodeDownlink(input) { return { data: input.bytes } }
  function encodeDownlink(input) { return { bytes: [input.data.level], fPort: input.fPort || 1 } }
  function normalizeUplink(input) { return { data: { air: { temperature: input.data.t } } } }
  function Decoder(bytes, port) { return { port: port } }
  function Decode(fPort, bytes) { return { bytes: bytes } }`

test('answers in order, one a case, each in a fresh context, and passes over empty lines', async () => {
  const input = { bytes: [1, 2], fPort: 3 }

  expect(
    await answersTo(
      { codec, call: 'decodeUplink', input },
      '',
      { codec, call: 'decodeUplink', input: { bytes: [], fPort: null } },
      { codec, call: 'decodeDownlink', input },
      { codec, call: 'encodeDownlink', input: { data: { level: 9 }, fPort: 5 } },
      { codec, call: 'normalizeUplink', input: { data: { t: 21.5 } } },
      { codec, call: 'Decoder', input },
      { codec, call: 'Decode', input }
    )
  ).toEqual([
    { output: { data: { n: 2, port: 3, calls: 1 } } },
    { output: { data: { n: 0, port: null, calls: 1 } } },
    { output: { data: [1, 2] } },
    { output: { bytes: [9], fPort: 5 } },
    { output: { data: { air: { temperature: 21.5 } } } },
    { output: { data: { port: 3 } } },
    { output: { data: { bytes: [1, 2] } } }
  ])
})

test("gives a codec's own errors as its output, and what went wrong with the codec as an error", async () => {
  const input = { bytes: [], fPort: 1, recvTime: '2026-09-21T14:13:20Z' }
  const uplink = (body: string) => ({ codec: `function decodeUplink(input) { ${body} }`, call: 'decodeUplink', input })

  expect(
    await answersTo(
      uplink('return { errors: ["unknown FPort"] }'),
      uplink('throw new Error("no")'),
      uplink('while (1);'),
      uplink('while (1);'),
      uplink('return { data: input.recvTime.getTime() }')
    )
  ).toEqual([
    { output: { errors: ['unknown FPort'] } },
    { error: { code: 'codec-error', message: 'Error: no' } },
    { error: { code: 'codec-timeout', message: 'did not end in time' } },
    { error: { code: 'codec-timeout', message: 'did not end in time' } },
    { output: { data: 1_790_000_000_000 } }
  ])
})

test.each([
  ['what is not JSON', '{"codec":'],
  ['an unknown call', { codec, call: 'eval', input: { data: 1 } }],
  ['bytes that are none', { codec, call: 'decodeUplink', input: { bytes: [256] } }],
  ['no codec', { call: 'decodeUplink', input: { bytes: [] } }],
  ['a list', []]
])('answers %s with SEN_INPUT_INVALID and goes on', async (_title, line) => {
  const [first, second] = await answersTo(line, { codec, call: 'Decoder', input: { bytes: [], fPort: 1 } })

  expect(first).toMatchObject({ error: { code: 'SEN_INPUT_INVALID' } })
  expect(second).toEqual({ output: { data: { port: 1 } } })
})
