import { z } from 'zod'

/** Text is searched within so many characters: a pattern of two stars then costs milliseconds at worst. */
const mostSearched = 4096

/** Nothing that makes a search explode: no group is repeated, at most two stars, no looking around, no references back. */
function isTame(pattern: string): boolean {
  const bare = pattern.replace(/\\[^1-9k]/g, 'x').replace(/\[[^\]]*\]/g, 'x')
  const isReadable = (() => {
    try {
      return new RegExp(pattern, 's') instanceof RegExp
    } catch {
      return false
    }
  })()
  const stars = bare.match(/[*+]|\{\d+,\d*\}/g)?.length ?? 0
  return isReadable && stars <= 2 && !/\)[*+?{]/.test(bare) && !/\(\?(?!:)/.test(bare) && !/\\/.test(bare)
}

const jsonPath = z.string().regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/, 'must be names with dots: data.msg_id')

/** Where in an answer something stands: by a path in JSON, as an XML element's text, or as a pattern's first group. */
export const answerField = z.union([
  z.strictObject({ json: jsonPath }),
  z.strictObject({ xml: z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, 'must be the name of an element') }),
  z.strictObject({
    text: z.string().max(200).refine(isTame, 'must be a pattern with at most two stars, without repeated groups')
  })
])
export type AnswerField = z.infer<typeof answerField>

/** @returns the text at that place; numbers and booleans as JSON writes them; nothing if there is none. */
export function fieldOf(body: string, field: AnswerField): string | undefined {
  if ('json' in field) return textOf(valueAt(parsed(body), field.json))
  if ('xml' in field) return xmlText(body, field.xml)
  const found = new RegExp(field.text, 's').exec(body.slice(0, mostSearched))
  return found ? (found[1] ?? found[0]) : undefined
}

/** @returns the JSON, or nothing if it is none. */
export function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** @returns what stands at `data.0.id`; only what an object itself has. */
export function valueAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (at, name) =>
        typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? Reflect.get(at, name) : undefined,
      value
    )
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

/** The first element of that name, whatever its prefix; without a parser, for one flat value is all that gateways answer. */
function xmlText(body: string, name: string): string | undefined {
  const opening = new RegExp(`<(?:[A-Za-z0-9_.-]{1,64}:)?${name.replaceAll('.', '\\.')}(?:\\s[^<>]{0,500})?>`).exec(
    body
  )
  if (opening === null) return undefined
  const from = opening.index + opening[0].length
  const to = body.indexOf('<', from)
  if (to < 0) return undefined
  const named: Readonly<Record<string, string>> = {
    '&lt;': '<',
    '&gt;': '>',
    '&quot;': '"',
    '&apos;': "'",
    '&amp;': '&'
  }
  return body
    .slice(from, to)
    .replace(/&(?:lt|gt|quot|apos|amp);/g, entity => named[entity] ?? entity)
    .trim()
}
