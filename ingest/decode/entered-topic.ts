import type { MessageRecord } from '../../journal/journal.ts'
import { idPattern } from '../../model/ids.ts'

/** A message that did not come from a device: a value that a person entered, or rows of an import. */
export interface EnteredTopic {
  readonly kind: 'observation' | 'import'
  readonly site: string
  readonly device: string
}

/**
 * Reads `site/{site}/{device}/observation|import` of a message that Sen itself put into the raw log, with door `manual` or
 * `import`. No door of machines takes messages on such topics, and what came by one is none of these whatever its topic says.
 */
export function enteredTopicOf({ door, topic }: Pick<MessageRecord, 'door' | 'topic'>): EnteredTopic | undefined {
  if (door !== 'manual' && door !== 'import') return undefined
  const [word, site = '', device = '', kind, ...more] = topic.split('/')
  if (word !== 'site' || more.length > 0 || !idPattern.test(site) || !idPattern.test(device)) return undefined
  const wanted = door === 'import' ? 'import' : 'observation'
  return kind === wanted ? { kind, site, device } : undefined
}
