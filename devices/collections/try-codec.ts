import { createHash } from 'node:crypto'
import type { Codec, CodecResult, CodecRuntime } from '../codec/codec-runtime.ts'
import { outcomeOf } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import type { PublishedCodec, PublishedExample } from './published-codec.ts'

/** What running one published codec gave. */
export interface Trial {
  readonly codec: PublishedCodec
  /** One an example, in order. */
  readonly outcomes: readonly { readonly example: PublishedExample; readonly outcome: Outcome }[]
  /** Whether its answers depend on earlier calls. */
  readonly isStateful: boolean
  /** Why it cannot be run at all, found with a call of no example where it has none. */
  readonly problem: string | undefined
}

/**
 * Runs a codec's examples, each in a fresh context, then again in one warm context: answers that differ there show a codec
 * that keeps state between calls.
 */
export async function tryCodec(codec: PublishedCodec, runtime: Pick<CodecRuntime, 'run'>): Promise<Trial> {
  const { examples, source } = codec
  const id = createHash('sha256').update(source).digest('hex').slice(0, 16)
  const fresh: Codec = { id: `${id}-fresh`, source, isStateful: true }
  if (examples.length === 0) {
    return { codec, outcomes: [], isStateful: false, problem: await problemOf(fresh, runtime) }
  }
  const first = await answersOf(fresh, examples, runtime)
  const warm = await answersOf({ id: `${id}-warm`, source }, examples, runtime)
  const later = await answersOf({ ...fresh, id: `${id}-later`, source: `${laterClock}${source}` }, examples, runtime)
  const outcomes = examples.map((example, index) => ({
    example,
    outcome: outcomeOf(example, first[index] ?? missing, later[index])
  }))
  const isStateful = first.some((answer, index) => {
    const isOfClock = JSON.stringify(answer) !== JSON.stringify(later[index])
    return !isOfClock && JSON.stringify(answer) !== JSON.stringify(warm[index])
  })
  return { codec, outcomes, isStateful, problem: undefined }
}

/** On the first line, before the codec: its clock is 400 days and some hours ahead. */
const laterClock =
  'Date = new Proxy(Date, { shift: 34567890123, now: Date.now,' +
  ' construct(target, list) { return list.length ? new target(...list) : new target(this.now() + this.shift) },' +
  ' get(target, key) { return key === "now" ? () => this.now() + this.shift : Reflect.get(target, key) } });'

const missing: CodecResult = { ok: false, code: 'codec-error', message: 'no answer' }

function answersOf(
  codec: Codec,
  examples: readonly PublishedExample[],
  runtime: Pick<CodecRuntime, 'run'>
): Promise<readonly CodecResult[]> {
  return runtime.run(examples.map(({ function: name, input }) => ({ codec, function: name, input })))
}

/** Whether the script can be read and has a function: what the functions answer to no bytes is nobody's claim. */
async function problemOf(codec: Codec, runtime: Pick<CodecRuntime, 'run'>): Promise<string | undefined> {
  const [decoded, encoded] = await runtime.run([
    { codec, function: 'decode', input: { bytes: [], fPort: 1 } },
    { codec, function: 'encode', input: { data: {} } }
  ])
  return unusable(decoded) && unusable(encoded)
}

function unusable(result: CodecResult | undefined): string | undefined {
  if (result === undefined || result.ok) return undefined
  if (result.code !== 'codec-error') return `${result.code}: ${result.message}`
  return /^(?:SyntaxError|ReferenceError)/.test(result.message) ? result.message : undefined
}
