import type { MessageRecord } from '../../journal/journal.ts'
import type { DerivedColumns } from '../../rules/metrics/derived-rows.ts'

/** A message of door `derived`, as it is put into the raw log. */
export type DerivedMessage = Pick<MessageRecord, 'door' | 'credential' | 'topic' | 'payload'>

/** Rows of one message: what its payload takes stays far below what a record may. */
const mostRows = 10_000

/**
 * Makes messages of what was calculated: of each calculation and device one, on `site/{site}/{device}/derived`.
 *
 * @param siteOf - the site of a device; what was calculated of one that has gone is left out.
 */
export function derivedMessages(
  given: readonly DerivedColumns[],
  siteOf: (device: string) => string | undefined
): readonly DerivedMessage[] {
  return given.flatMap(columns => {
    const site = siteOf(columns.device)
    return site === undefined ? [] : messagesOf(columns, site)
  })
}

function messagesOf(
  { calculation, device, metric, t, value, quality }: DerivedColumns,
  site: string
): DerivedMessage[] {
  const { id, version } = calculation
  const messages: DerivedMessage[] = []
  for (let from = 0; from < t.length; from += mostRows) {
    const part = <T>(column: readonly T[]) => column.slice(from, from + mostRows)
    const series = [{ metric, t: part(t), value: part(value), quality: part(quality) }]
    messages.push({
      door: 'derived',
      credential: `calculation:${id}`,
      topic: `site/${site}/${device}/derived`,
      payload: Buffer.from(JSON.stringify({ calculation: id, version, series }))
    })
  }
  return messages
}
