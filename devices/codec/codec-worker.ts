import { parentPort, workerData } from 'node:worker_threads'
import { answerTag, codecLimits, heartbeatCell } from './codec-messages.ts'
import type { RunMessage, ThreadData, ThreadReply } from './codec-messages.ts'
import { CodecSandbox } from './codec-sandbox.ts'

// Codecs see the time in UTC, whatever TZ says: the engine asks this thread's Date for its local offset.
Date.prototype.getTimezoneOffset = () => 0

const port = parentPort
if (port === null) throw new Error('codec-worker.ts: must be started as a worker thread')

const { wasm, heartbeat } = workerData as ThreadData // made by codec-thread.ts, this file's only starter
const beat = new Int32Array(heartbeat)
const sources = new Map<string, string>()
/** Least recently used first. */
const warm = new Map<string, CodecSandbox>()

port.on('message', (message: RunMessage) => {
  void run(message).then(answers => reply({ kind: 'answers', answers }))
})
await warmUp()
reply({ kind: 'ready' })

/** The engine's code is compiled when it first runs. That time should be no codec's. */
async function warmUp(): Promise<void> {
  const source =
    'function decodeUplink(input) { return { data: { n: input.bytes.map(b => b.toString(16)).join("") } } }'
  const sandbox = await CodecSandbox.create({ id: 'warm-up', source, isStateful: true }, wasm)
  for (let i = 0; i < 3; i++) sandbox.call('decode', '{"bytes":[1,255],"fPort":1,"recvTime":0}')
}

function reply(message: ThreadReply): void {
  port?.postMessage(message)
}

async function run({ forgetSources, codecs, calls }: RunMessage): Promise<readonly string[]> {
  if (forgetSources) sources.clear()
  for (const { id, source } of codecs) if (source !== undefined) sources.set(id, source)

  const answers: string[] = []
  const ended = new Set<number>()
  for (const [index, call] of calls.entries()) {
    if (ended.has(call.codec)) {
      answers.push(answerTag.suspended)
      continue
    }
    const codec = codecs[call.codec]
    if (codec === undefined) throw new Error(`run codecs: call ${index} names codec ${call.codec} of ${codecs.length}`)
    const sandbox = warmSandbox(codec) ?? (await newSandbox(codec))
    sandbox.prepare()

    Atomics.store(beat, heartbeatCell.call, index)
    Atomics.add(beat, heartbeatCell.count, 1)
    const answer = sandbox.call(call.function, call.input)
    Atomics.add(beat, heartbeatCell.count, 1)

    answers.push(answer)
    if (sandbox.isSpent) warm.delete(keyOf(codec))
    if (answer === answerTag.timeout || answer === answerTag.memory) ended.add(call.codec)
  }
  return answers
}

type CodecOfRun = RunMessage['codecs'][number]

function keyOf({ id, isStateful }: CodecOfRun): string {
  return isStateful ? `fresh ${id}` : `warm ${id}`
}

function warmSandbox(codec: CodecOfRun): CodecSandbox | undefined {
  const key = keyOf(codec)
  const sandbox = warm.get(key)
  if (sandbox === undefined) return undefined
  warm.delete(key)
  warm.set(key, sandbox)
  return sandbox
}

async function newSandbox(codec: CodecOfRun): Promise<CodecSandbox> {
  const source = sources.get(codec.id)
  if (source === undefined) throw new Error(`run codec ${codec.id}: its source was never sent`)
  const sandbox = await CodecSandbox.create({ id: codec.id, source, isStateful: codec.isStateful }, wasm)
  warm.set(keyOf(codec), sandbox)
  for (const oldest of warm.keys()) {
    if (warm.size <= codecLimits.warmContexts) break
    warm.delete(oldest)
  }
  return sandbox
}
