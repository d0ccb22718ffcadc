import type { DeliveryReport, Reply, ReportCall } from '../channel.ts'
import { fieldOf, parsed, valueAt } from './field.ts'
import type { HttpSettings } from './settings.ts'

type ReportRules = NonNullable<HttpSettings['report']>
type ReplyRules = NonNullable<HttpSettings['reply']>

/** Of one call, so many items are read. */
const mostItems = 1000
/** Of what somebody wrote, so much is read. */
const mostCharacters = 1000

/** Reads the delivery reports of one call. */
export function calledReports(rules: ReportRules, { body, query }: ReportCall): readonly DeliveryReport[] {
  const fields = rules.from === 'query' ? query : Object.fromEntries(new URLSearchParams(body))
  const text = rules.from === 'body' ? body : JSON.stringify(fields)
  return itemsOf(text, rules.items).flatMap(item => {
    const reference = fieldOf(item, rules.reference)
    return reference === undefined ? [] : reportOf(reference, fieldOf(item, rules.state), rules)
  })
}

/** Reads what people wrote back. */
export function calledReplies(rules: ReplyRules, { body }: ReportCall): readonly Reply[] {
  return itemsOf(body, rules.items).flatMap(item => {
    const [from, text] = [fieldOf(item, rules.from), fieldOf(item, rules.text)]
    return from === undefined || text === undefined ? [] : [{ from, text: text.slice(0, mostCharacters) }]
  })
}

/** @returns nothing while the message is on its way. */
export function reportOf(
  reference: string,
  said: string | undefined,
  { reached, failed }: { readonly reached: readonly string[]; readonly failed: readonly string[] }
): readonly DeliveryReport[] {
  if (said === undefined) return []
  const state = reached.includes(said) ? 'reached' : failed.includes(said) ? 'failed' : undefined
  return state === undefined ? [] : [{ reference, state, detail: said }]
}

function itemsOf(text: string, path: string | undefined): readonly string[] {
  const list = path === undefined ? undefined : valueAt(parsed(text), path)
  return Array.isArray(list) ? list.slice(0, mostItems).map(item => JSON.stringify(item)) : [text]
}
