import type { RuleChoices } from '../api/rules.ts'
import type { LanguageCode } from '../words/formats.ts'

/**
 * What a rule's sentence calls things. Made once for all the rules of a page: it goes through every metric, device, site
 * and profile.
 *
 * @param choices - `undefined` while they are on their way: then nothing has a name.
 */
export function sentenceNames(choices: RuleChoices | undefined, code: LanguageCode) {
  const metrics = new Map(
    choices?.metrics.map(({ name, vi, en, unit, kind }) => [
      name,
      { vi, en, unit, kind: kind === 'boolean' ? ('boolean' as const) : ('number' as const) }
    ])
  )
  const devices = new Map(choices?.devices.map(one => [one.id, one.name]))
  const sites = new Map(choices?.sites.map(one => [one.id, one.name]))
  const profiles = new Map(choices?.profiles.map(one => [one.id, one.name[code]]))
  return {
    metric: (name: string) => metrics.get(name),
    device: (id: string) => devices.get(id),
    site: (id: string) => sites.get(id),
    profile: (id: string) => profiles.get(id)
  }
}

export type SentenceNames = ReturnType<typeof sentenceNames>
