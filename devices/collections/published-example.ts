import { z } from 'zod'
import type { CodecPurpose } from '../codec/codec-runtime.ts'
import type { PublishedExample } from './published-codec.ts'

const hexadecimal = z
  .string()
  .regex(/^(?:[0-9a-fA-F]{2}\s*)*$/, 'must be hexadecimal')
  .transform(text => [...Buffer.from(text.replace(/\s/g, ''), 'hex')])
const bytes = z.union([z.array(z.number().int().min(0).max(255)), hexadecimal])
const instant = z.union([z.number(), z.string().transform(text => Date.parse(text)), z.date().transform(Number)])

/** The published inputs of decoders: bytes as a list or as hexadecimal text, `recvTime` in ISO 8601 or ms. */
export const bytesInput = z
  .object({
    bytes,
    fPort: z.number().nullish(),
    recvTime: instant.optional(),
    variables: z.record(z.string(), z.string()).optional()
  })
  .transform(({ bytes, fPort = null, recvTime, variables }) => ({
    bytes,
    fPort,
    ...(recvTime !== undefined && !Number.isNaN(recvTime) && { recvTime }),
    ...(variables !== undefined && { variables })
  }))

/** The published inputs of encoders and of `normalizeUplink`. */
export const dataInput = z
  .object({
    data: z.unknown(),
    fPort: z.number().nullish(),
    variables: z.record(z.string(), z.string()).optional()
  })
  .transform(({ data, fPort, variables }) => ({
    data,
    ...(typeof fPort === 'number' && { fPort }),
    ...(variables !== undefined && { variables })
  }))

/** What reading a list of examples gave: those that can be called, and a sentence each on the others. */
export interface ReadExamples {
  readonly examples: readonly PublishedExample[]
  readonly problems: readonly string[]
}

/**
 * Makes an example of one entry.
 *
 * @returns the example, or a sentence on what is wrong with it.
 */
export function publishedExample(
  title: string,
  purpose: CodecPurpose,
  input: unknown,
  expected: unknown
): PublishedExample | string {
  if (expected === undefined || expected === null) return `example "${title}": there is no expected output`
  const isOfData = purpose === 'encode' || purpose === 'encodeDownlink' || purpose === 'normalizeUplink'
  const parsed = (isOfData ? dataInput : bytesInput).safeParse(input)
  if (parsed.success) return { title, function: purpose, input: parsed.data, expected: shaped(expected, isOfData) }
  const [issue] = parsed.error.issues
  return `example "${title}": input.${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`
}

/** Some publish what a decoder says without TS013's `{data}` around it, and the bytes of an encoder as hexadecimal text. */
function shaped(expected: unknown, isOfData: boolean): unknown {
  if (typeof expected !== 'object' || expected === null) return expected
  const names = Object.keys(expected)
  if (!isOfData) return names.some(name => /^(?:data|errors|warnings)$/.test(name)) ? expected : { data: expected }
  if (Array.isArray(expected)) return { bytes: expected }
  const read = z.looseObject({ bytes: hexadecimal }).safeParse(expected)
  return read.success ? read.data : expected
}

/** Parts what `publishedExample` made. */
export function readExamples(made: readonly (PublishedExample | string)[]): ReadExamples {
  return {
    examples: made.filter(one => typeof one !== 'string'),
    problems: made.filter(one => typeof one === 'string')
  }
}
