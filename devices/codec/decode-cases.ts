import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { CodecRuntime } from './codec-runtime.ts'

const recvTime = z.union([z.number(), z.iso.datetime({ offset: true }).transform(text => Date.parse(text))])

const bytesInput = z.object({
  bytes: z.array(z.number().int().min(0).max(255)),
  fPort: z.number().nullable().default(null),
  recvTime: recvTime.optional(),
  variables: z.record(z.string(), z.string()).optional()
})

const dataInput = z.looseObject({ data: z.unknown() })

/** One line of `sen decode --jsonl`. `input` is TS013's for every call, `Decoder` and `Decode` too. */
const decodeCase = z.object({
  codec: z.string(),
  call: z.enum(['decodeUplink', 'encodeDownlink', 'decodeDownlink', 'normalizeUplink', 'Decoder', 'Decode']),
  input: z.union([bytesInput, dataInput])
})

/** One line of its answers. A codec's own `errors` are part of its output: it ran, and this is what it says. */
export type DecodeAnswer =
  { readonly output: unknown } | { readonly error: { readonly code: string; readonly message: string } }

/**
 * Runs codecs on cases, one JSON a line; empty lines are passed over. Answers come in order, one a case.
 * Each case counts as a codec of its own: none depends on those before it, or waits because one of them did not end.
 * Numbers that are not finite print as null.
 *
 * A line that is no case is answered with `SEN_INPUT_INVALID`.
 */
export async function* decodeCases(
  lines: AsyncIterable<string> | Iterable<string>,
  runtime: Pick<CodecRuntime, 'run'>
): AsyncGenerator<DecodeAnswer> {
  for await (const line of lines) {
    if (line.trim() !== '') yield await decodeLine(line, randomUUID(), runtime)
  }
}

async function decodeLine(line: string, id: string, runtime: Pick<CodecRuntime, 'run'>): Promise<DecodeAnswer> {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch (error) {
    return invalidLine(`not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  const parsed = decodeCase.safeParse(json)
  if (!parsed.success) {
    return invalidLine(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
  }
  const { codec: source, call, input } = parsed.data
  const [result] = await runtime.run([{ codec: { id, source }, function: call, input: inputOf(input) }])
  if (result === undefined) return invalidLine('no answer')
  if (result.ok || result.output !== undefined) return { output: result.output }
  return { error: { code: result.code, message: result.message } }
}

function inputOf(input: z.infer<typeof decodeCase>['input']) {
  if (!('bytes' in input)) return { ...input, data: input.data }
  const { bytes, fPort, recvTime, variables } = input as z.infer<typeof bytesInput> // the union's other member has no list there
  return { bytes, fPort, ...(recvTime !== undefined && { recvTime }), ...(variables !== undefined && { variables }) }
}

function invalidLine(message: string): DecodeAnswer {
  return { error: { code: 'SEN_INPUT_INVALID', message: message.slice(0, 300) } }
}
