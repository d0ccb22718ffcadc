import type { Door, MessageRecord } from '../../journal/journal.ts'
import { idPattern } from '../../model/ids.ts'

/** A message that did not come from a device: a value that a person entered, rows of an import, or what Sen calculated. */
export interface EnteredTopic {
  readonly kind: 'observation' | 'import' | 'derived'
  readonly site: string
  readonly device: string
}

const kinds: ReadonlyMap<Door, EnteredTopic['kind']> = new Map([
  ['manual', 'observation'],
  ['import', 'import'],
  ['derived', 'derived']
] as const)

/**
 * Reads `site/{site}/{device}/observation|import|derived` of a message that Sen itself put into the raw log, with door `manual`,
 * `import` or `derived`. No door of machines takes messages on such topics, and what came by one is none of these whatever its topic says.
 */
export function enteredTopicOf({ door, topic }: Pick<MessageRecord, 'door' | 'topic'>): EnteredTopic | undefined {
  const wanted = kinds.get(door)
  if (wanted === undefined) return undefined
  const [word, site = '', device = '', kind, ...more] = topic.split('/')
  if (word !== 'site' || more.length > 0 || !idPattern.test(site) || !idPattern.test(device)) return undefined
  return kind === wanted ? { kind: wanted, site, device } : undefined
}
