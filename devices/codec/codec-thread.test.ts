import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { CodecThread } from './codec-thread.ts'

const require = createRequire(import.meta.url)
const path = createRequire(require.resolve('quickjs-emscripten')).resolve('@jitl/quickjs-wasmfile-release-sync/wasm')
const wasm = await WebAssembly.compile(await readFile(path))

const run = (source: string) => ({
  forgetSources: false,
  codecs: [{ id: source, source, isStateful: false }],
  calls: [{ codec: 0, function: 'decode' as const, input: '{"bytes":[],"fPort":1}' }]
})

test('a thread that has ended says so at once, blaming no call', async () => {
  const thread = await CodecThread.start(wasm)
  await thread.stop()

  expect(await thread.run(run(''))).toMatchObject({ kind: 'died', call: undefined })
})

test('a thread that ends during a run says so', async () => {
  const thread = await CodecThread.start(wasm)
  const outcome = thread.run({ ...run(''), codecs: [] })

  expect(await outcome).toMatchObject({ kind: 'died', call: undefined })
})

test('a call that the engine cannot interrupt is named', async () => {
  const thread = await CodecThread.start(wasm)
  const source = 'function Decoder() { return { n: new Array(4294967295).indexOf(1) } }'

  expect(await thread.run(run(source))).toEqual({ kind: 'stuck', call: 0 })
})
