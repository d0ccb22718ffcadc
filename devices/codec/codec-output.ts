import type { CodecResult } from './codec-runtime.ts'
import { answerTag } from './codec-messages.ts'

/** Longest message kept of an error that a codec throws or returns. */
const messageLength = 300

/**
 * Reads an answer of the codec thread. Never throws: the text was made beside code of strangers.
 *
 * JSON has no NaN and no infinity, and `JSON.stringify` makes null of them. An answer tagged `marked` therefore holds
 * such numbers as text behind U+0000 ("\u0000NaN"), and text that itself begins with U+0000 behind another one.
 */
export function resultOf(answer: string): CodecResult {
  const body = answer.slice(1)
  switch (answer[0]) {
    case answerTag.json:
      return outputOf(() => JSON.parse(body))
    case answerTag.marked:
      return outputOf(() => JSON.parse(body, (_key, value: unknown) => unmarked(value)))
    case answerTag.memory:
      return failure('codec-memory', 'needs more memory than a codec may have')
    case answerTag.timeout:
      return failure('codec-timeout', 'did not end in time')
    case answerTag.suspended:
      return failure('codec-suspended', 'waits after a call that did not end in time or memory')
    default:
      return failure('codec-error', body)
  }
}

/** A failure of the runtime's own making, its message cut to 300 characters. */
export function failure(code: Exclude<CodecResult, { ok: true }>['code'], message: string): CodecResult {
  return { ok: false, code, message: cut(message) }
}

function outputOf(parse: () => unknown): CodecResult {
  let output: unknown
  try {
    output = parse()
  } catch (error) {
    return failure(
      'codec-error',
      `answered what is not JSON: ${error instanceof Error ? error.message : String(error)}`
    )
  }
  const errors = errorsOf(output)
  if (errors.length === 0) return { ok: true, output }
  return { ok: false, code: 'codec-error', message: cut(errors.map(wordsOf).join('; ')), output }
}

function errorsOf(output: unknown): readonly unknown[] {
  if (typeof output !== 'object' || output === null || !Object.hasOwn(output, 'errors')) return []
  const { errors } = output as { errors: unknown } // checked by the line above
  if (Array.isArray(errors)) return errors
  return typeof errors === 'string' && errors !== '' ? [errors] : []
}

function wordsOf(error: unknown): string {
  return typeof error === 'string' ? error : (JSON.stringify(error) ?? String(error))
}

function unmarked(value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith('\u0000')) return value
  const rest = value.slice(1)
  return rest.startsWith('\u0000') ? rest : Number(rest)
}

function cut(text: string): string {
  return text.length > messageLength ? `${text.slice(0, messageLength - 1)}…` : text
}
