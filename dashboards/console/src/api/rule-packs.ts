import type { Rule } from '../../../../model/rule.ts'
import type { Http } from './http.ts'
import { wholeList } from './pages.ts'
import { bothLanguages } from './resources.ts'
import { list, number, object, optional, text, type Parse } from './shape.ts'

const summary = object({ id: text, name: bothLanguages, about: bothLanguages, review: bothLanguages })
export type PackSummary = ReturnType<typeof summary>

/** An area or a time of day, as it stands in the pack. */
const anything: Parse<unknown> = value => value
const parameter = object({
  ...{ kind: text, vi: text, en: text, unit: optional(text), min: optional(number), max: optional(number) },
  value: anything,
  source: optional(text)
})
export type PackParameter = ReturnType<typeof parameter>

const parameters: Parse<Readonly<Record<string, PackParameter>>> = (value, path) => {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, parameter(one, `${path}.${key}`)]))
}

const sentence = object({ about: text, levels: list(text) })
const sentences = object({ vi: sentence, en: sentence })
const open = object({ level: number, parameters: list(text) })

const packRule = object({
  ...{ id: text, name: bothLanguages, source: text, parameters },
  /** Of the levels that have a value. */
  sentences: optional(sentences),
  /** Levels of which no value is verified. */
  open: list(open)
})
export type PackRule = ReturnType<typeof packRule>

const pack = object({
  id: text,
  name: bothLanguages,
  about: bothLanguages,
  review: bothLanguages,
  rules: list(packRule)
})
export type RulePack = ReturnType<typeof pack>

const applied = object({
  rules: list(object({ id: text, name: bothLanguages, sentences })),
  open: list(object({ rule: text, level: number, parameters: list(text) })),
  /** Devices that never ring by flood alarm levels until somebody has levelled them. */
  withoutDatum: list(text)
})
export type AppliedPack = ReturnType<typeof applied>

export interface PackUse {
  readonly organisation: string
  readonly scope: Rule['scope']
  /** By `rule.key`. */
  readonly parameters: Readonly<Record<string, unknown>>
  readonly rules: readonly string[]
}

/** Packs of rules that come with Sen. */
export class RulePacksApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  list(signal: AbortSignal): Promise<readonly PackSummary[]> {
    return wholeList(this.#http, 'rule-packs', summary, { signal })
  }

  async get(id: string, signal: AbortSignal): Promise<RulePack> {
    return pack(await this.#http.get(`rule-packs/${encodeURIComponent(id)}`, { signal }), 'pack')
  }

  /** @param isTrial - nothing is saved: what would be made. */
  async apply(id: string, use: PackUse, isTrial: boolean, idempotencyKey: string): Promise<AppliedPack> {
    const path = `rule-packs/${encodeURIComponent(id)}/apply`
    const ask = isTrial ? {} : { idempotencyKey }
    return applied(await this.#http.post(path, { ...use, dryRun: isTrial }, ask), 'rules of the pack')
  }
}
