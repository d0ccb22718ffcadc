import type { Condition, Rule } from '../../../../model/rule.ts'
import type { Http } from './http.ts'
import { wholeList } from './pages.ts'
import { metric, profile, site } from './resources.ts'
import { flag, key, list, number, object, oneOf, optional, text, type Parse } from './shape.ts'

export const severities = ['low', 'medium', 'high', 'critical'] as const

const named = object({ vi: text, en: optional(text) })

/** The server has checked it; the page reads it as a sentence, or shows it as it is. */
const condition: Parse<Condition> = (value, path) => {
  object({ kind: text })(value, path)
  return value as Condition
}

const rule: Parse<Rule> = object({
  id: text,
  name: named,
  organisation: text,
  version: number,
  isEnabled: flag,
  scope: object({
    sites: optional(list(text)),
    devices: optional(list(text)),
    profiles: optional(list(text)),
    tags: optional(list(text))
  }),
  per: oneOf('device', 'site'),
  levels: list(object({ name: named, severity: oneOf(...severities), when: condition, advice: optional(named) })),
  pack: optional(text),
  source: optional(text),
  author: text
}) as Parse<Rule>

const taggedDevice = object({ id: text, name: text, site: text, tags: optional(list(key)) })

/** What a person says of a rule; its version and author are the server's to say. */
export type RuleInput = Omit<Rule, 'version' | 'author'>

/** Rules that say when somebody must know. */
export class RulesApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  list(signal: AbortSignal): Promise<readonly Rule[]> {
    return wholeList(this.#http, 'rules', rule, { signal })
  }

  async get(id: string, signal: AbortSignal): Promise<Rule> {
    return rule(await this.#http.get(pathOf(id), { signal }), 'rule')
  }

  /** What a rule can watch, and what things are called. */
  async choices(signal: AbortSignal) {
    const [sites, devices, profiles, metrics] = await Promise.all([
      wholeList(this.#http, 'sites', site, { signal }),
      wholeList(this.#http, 'devices', taggedDevice, { signal }),
      wholeList(this.#http, 'profiles', profile, { signal }),
      wholeList(this.#http, 'metrics', metric, { signal })
    ])
    return { sites, devices, profiles, metrics }
  }

  async add(wanted: RuleInput, idempotencyKey: string): Promise<void> {
    await this.#http.post('rules', wanted, { idempotencyKey })
  }

  /** @param wanted - every field that it shall have; what it lacks is taken away. */
  async change({ id, ...wanted }: RuleInput): Promise<void> {
    await this.#http.patch(pathOf(id), { ...wanted, source: wanted.source ?? null, pack: wanted.pack ?? null })
  }

  async enable(id: string, isEnabled: boolean): Promise<void> {
    await this.#http.patch(pathOf(id), { isEnabled })
  }

  async remove(id: string): Promise<void> {
    await this.#http.delete(pathOf(id))
  }
}

function pathOf(id: string): string {
  return `rules/${encodeURIComponent(id)}`
}

export type RuleChoices = Awaited<ReturnType<RulesApi['choices']>>
