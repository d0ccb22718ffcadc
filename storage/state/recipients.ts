import type { Kysely } from 'kysely'
import type { ChannelKind } from '../../alarms/notify/channel.ts'
import { SenError } from '../../model/errors.ts'
import { recipientDraft } from '../../model/recipient.ts'
import type { RecipientDraft } from '../../model/recipient.ts'
import type { NotifyChannelRow } from './notice-tables.ts'
import type { NotifyChannel, StoredRecipient } from './notice-store.ts'
import { take } from './sequence.ts'
import type { StateTables } from './tables.ts'

/** Every recipient, by its id. */
export async function allRecipients(db: Kysely<StateTables>): Promise<readonly StoredRecipient[]> {
  const rows = await db
    .selectFrom('recipient')
    .leftJoin('person', 'person.id', 'recipient.person')
    .select(['recipient.id', 'recipient.person', 'recipient.body', 'person.phone', 'person.email', 'person.state'])
    .orderBy('recipient.id')
    .execute()
  return rows.map(({ id, person, body, phone, email, state }) => {
    const draft = recipientDraft.parse(JSON.parse(body))
    return {
      ...draft,
      id,
      person: person ?? undefined,
      reach: { phone: draft.phone ?? phone ?? undefined, email: draft.email ?? email ?? undefined },
      isActive: draft.isEnabled && (person === null || (state !== null && state !== 'disabled'))
    }
  })
}

/** Within the caller's transaction. @returns its id. @throws SenError `SEN_CONFLICT`. */
export async function insertRecipient(
  trx: Kysely<StateTables>,
  draft: RecipientDraft,
  person: number | undefined
): Promise<string> {
  const id = person === undefined ? `contact:${await take(trx, 'contact', 1)}` : `person:${person}`
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('recipient')
    .values({ id, person: person ?? null, body: JSON.stringify(draft) })
    .onConflict(conflict => conflict.doNothing())
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows === 0n) throw new SenError('SEN_CONFLICT', `add recipient ${id}: it is there already`)
  return id
}

/** Within the caller's transaction: what was wrong of it is tried again. @throws SenError `SEN_NOT_FOUND`. */
export async function updateRecipient(trx: Kysely<StateTables>, id: string, draft: RecipientDraft): Promise<void> {
  const { numUpdatedRows } = await trx
    .updateTable('recipient')
    .set({ body: JSON.stringify(draft) })
    .where('id', '=', id)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) throw new SenError('SEN_NOT_FOUND', `find recipient ${id}: there is none`)
  await trx.deleteFrom('bad_contact').where('recipient', '=', id).execute()
}

/** Within the caller's transaction: with what waits for it. @returns whether it was there. */
export async function deleteRecipient(trx: Kysely<StateTables>, id: string, at: number): Promise<boolean> {
  const { numDeletedRows } = await trx.deleteFrom('recipient').where('id', '=', id).executeTakeFirst()
  await trx
    .updateTable('notice')
    .set({ state: 'stopped', ended_at: at, detail: 'the recipient was removed' })
    .where('recipient', '=', id)
    .where('state', '=', 'waiting')
    .execute()
  for (const table of ['bad_contact', 'push_subscription', 'notice_link'] as const)
    await trx.deleteFrom(table).where('recipient', '=', id).execute()
  return numDeletedRows > 0n
}

/** Every channel, by its id. */
export async function allNotifyChannels(db: Kysely<StateTables>): Promise<readonly NotifyChannel[]> {
  return (await db.selectFrom('notify_channel').selectAll().orderBy('id').execute()).map(channelOf)
}

/** Within the caller's transaction: adds it, or replaces all of it but its age. What was wrong of it may be right now. */
export async function upsertNotifyChannel(
  trx: Kysely<StateTables>,
  { id, kind, name, organisation, isEnabled, settings, secrets, createdAt }: Omit<NotifyChannel, 'trouble'>
): Promise<void> {
  const row = {
    ...{ kind, name, organisation, is_enabled: isEnabled ? 1 : 0, settings: JSON.stringify(settings) },
    ...{ secrets: secrets ?? null, trouble_since: null, trouble: null }
  }
  await trx
    .insertInto('notify_channel')
    .values({ id, created_at: createdAt, ...row })
    .onConflict(conflict => conflict.column('id').doUpdateSet(row))
    .execute()
  await trx.deleteFrom('bad_contact').where('channel', '=', id).execute()
}

/** @param trouble - `undefined`: it works. @returns whether it was not so before; an earlier trouble keeps its time. */
export async function markTrouble(
  db: Kysely<StateTables>,
  id: string,
  trouble: NotifyChannel['trouble']
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('notify_channel')
    .set({ trouble_since: trouble?.since ?? null, trouble: trouble?.detail ?? null })
    .where('id', '=', id)
    .where('trouble_since', trouble ? 'is' : 'is not', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

function channelOf(row: NotifyChannelRow): NotifyChannel {
  return {
    id: row.id,
    // Written by `upsertNotifyChannel` from the same types.
    kind: row.kind as ChannelKind,
    name: row.name,
    organisation: row.organisation,
    isEnabled: row.is_enabled === 1,
    settings: JSON.parse(row.settings) as NotifyChannel['settings'],
    secrets: row.secrets ?? undefined,
    createdAt: row.created_at,
    trouble: row.trouble_since === null ? undefined : { since: row.trouble_since, detail: row.trouble ?? '' }
  }
}
