import type { Kysely } from 'kysely'
import { chainBegin, digestOf, hashOf } from '../../alarms/lifecycle/chain.ts'
import { afterStep, isComingBack, isFlapping, lifeOf, refusalOf } from '../../alarms/lifecycle/lifecycle.ts'
import type { AlarmLife } from '../../alarms/lifecycle/lifecycle.ts'
import type { AlarmAction, AlarmStep, AlarmStepBody, ChangeStep } from '../../model/alarm.ts'
import { systemAuthor } from '../../model/audit.ts'
import type { Author } from '../../model/audit.ts'
import { SenError } from '../../model/errors.ts'
import { alarmRowOf, lifeOfRow, onceOf, stepRowOf } from './alarm-rows.ts'
import type { NamedChange, WrittenStep } from './alarm-store.ts'
import type { AlarmRow } from './alarm-tables.ts'
import { maintenanceAt } from './maintenance.ts'
import { take } from './sequence.ts'
import type { StateTables } from './tables.ts'

/** An alarm as it is kept now. */
interface Kept {
  readonly life: AlarmLife
  readonly row: Pick<AlarmRow, 'first_sequence' | 'hash'>
}

/** Adds steps to alarms within the caller's transaction, and remembers what it has written. */
export class AlarmWriter {
  readonly written: WrittenStep[] = []
  readonly #trx: Kysely<StateTables>
  readonly #now: number

  /** @param now - ms since the epoch: when the steps are written. */
  constructor(trx: Kysely<StateTables>, now: number) {
    this.#trx = trx
    this.#now = now
  }

  /** Takes one change of the rules; one that is known already, or speaks of an alarm that is not, is passed over. */
  async take(named: NamedChange): Promise<void> {
    const { change, names } = named
    const once = onceOf({ ...change, names })
    if (once !== undefined && (await this.#isKnown(once))) return
    const found = await this.#kept(change.alarm)
    if (change.kind !== 'raised') {
      if (found) await this.#add(found, { ...change, names })
      return
    }
    const body: ChangeStep = { ...change, names, evidence: named.evidence && digestOf(named.evidence) }
    const open = await this.#comingBack(named)
    const raised = open ? await this.#add(open, body) : await this.#begin(body)
    const { id } = raised.life.alarm
    await this.#trx.insertInto('alarm_name').values({ id: change.alarm, alarm: id }).execute()
    if (named.evidence)
      await this.#trx
        .insertInto('alarm_evidence')
        .values({ id: change.alarm, alarm: id, body: JSON.stringify(named.evidence) })
        .execute()
    await this.#silence(raised, named)
  }

  /** Adds what a person did. `SEN_NOT_FOUND`, `SEN_CONFLICT`. */
  async act(alarm: string, action: AlarmAction, author: Author): Promise<AlarmLife> {
    const found = await this.#kept(alarm)
    if (!found) throw new SenError('SEN_NOT_FOUND', `find alarm ${alarm}: there is none`)
    const refusal = refusalOf(found.life, action, this.#now)
    if (refusal !== undefined) throw new SenError('SEN_CONFLICT', `change alarm ${alarm}: ${refusal}`)
    return (await this.#add(found, action, author)).life
  }

  /** Adds a step of Sen's own, once where there may be only one; passed over if there is no such alarm. */
  async note(alarm: string, body: AlarmStepBody): Promise<void> {
    const once = onceOf(body)
    if (once !== undefined && (await this.#isKnown(once))) return
    const found = await this.#kept(alarm)
    if (found && !saysNothing(found.life, body)) await this.#add(found, body)
  }

  /** Work at the place, or a device that comes back again and again: nobody is told. */
  async #silence(raised: Kept, { change, suppressed }: NamedChange): Promise<void> {
    if (isFlapping(raised.life)) {
      await this.note(raised.life.alarm.id, {
        kind: 'suppressed',
        by: 'flapping',
        detail: `${raised.life.alarm.returns}`
      })
    }
    const { alarm } = raised.life
    if (suppressed) await this.note(alarm.id, { kind: 'suppressed', ...suppressed })
    const work = await maintenanceAt(this.#trx, alarm, change.foundAt)
    if (work) await this.note(alarm.id, { kind: 'suppressed', by: 'maintenance', detail: `${work.id}: ${work.reason}` })
  }

  /** The alarm of the same rule and subject that this raises again. */
  async #comingBack({ change }: NamedChange): Promise<Kept | undefined> {
    if (change.isRetrospective) return undefined
    const row = await this.#trx
      .selectFrom('alarm')
      .select(['body', 'first_sequence', 'hash'])
      .where('rule', '=', change.rule)
      .where('subject', '=', change.subject.id)
      .where('subject_kind', '=', change.subject.kind)
      .orderBy('first_sequence', 'desc')
      .limit(1)
      .executeTakeFirst()
    if (!row) return undefined
    const life = lifeOfRow(row)
    return isComingBack(life, change.foundAt) ? { life, row } : undefined
  }

  async #begin(body: ChangeStep & { readonly kind: 'raised' }): Promise<Kept> {
    const step = await this.#step(body.alarm, 1, chainBegin, body, systemAuthor)
    const life = lifeOf({ ...step, body })
    const row = alarmRowOf(life, step.sequence, step.hash)
    await this.#trx.insertInto('alarm').values(row).execute()
    this.written.push({ step, alarm: life.alarm })
    return { life, row }
  }

  async #add({ life, row }: Kept, body: AlarmStepBody, author: Author = systemAuthor): Promise<Kept> {
    const { id, steps } = life.alarm
    const step = await this.#step(id, steps + 1, row.hash, body, author)
    const next = afterStep(life, step)
    const changed = alarmRowOf(next, row.first_sequence, step.hash)
    await this.#trx.updateTable('alarm').set(changed).where('id', '=', id).execute()
    this.written.push({ step, alarm: next.alarm })
    return { life: next, row: changed }
  }

  async #step(
    alarm: string,
    number: number,
    previous: string,
    body: AlarmStepBody,
    author: Author
  ): Promise<AlarmStep> {
    const sequence = await take(this.#trx, 'alarm_step', 1)
    // As it is read again: what is undefined is left out.
    const plain = JSON.parse(JSON.stringify(body)) as AlarmStepBody
    const unsealed = {
      ...{ sequence, alarm, step: number, at: this.#now },
      ...{ author: author.id === systemAuthor.id ? 'sen' : author.id, authorName: author.name, body: plain }
    }
    const step = { ...unsealed, hash: hashOf(previous, unsealed) }
    await this.#trx
      .insertInto('alarm_step')
      .values(stepRowOf(step, onceOf(body)))
      .execute()
    return step
  }

  async #isKnown(once: string): Promise<boolean> {
    const row = await this.#trx.selectFrom('alarm_step').select('sequence').where('once', '=', once).executeTakeFirst()
    return row !== undefined
  }

  async #kept(id: string): Promise<Kept | undefined> {
    const row = await this.#trx
      .selectFrom('alarm_name')
      .innerJoin('alarm', 'alarm.id', 'alarm_name.alarm')
      .select(['alarm.body', 'alarm.first_sequence', 'alarm.hash'])
      .where('alarm_name.id', '=', id)
      .executeTakeFirst()
    return row && { life: lifeOfRow(row), row }
  }
}

/** Suppressed for what it is suppressed for already, or told again of what it was not kept from. */
function saysNothing({ alarm }: AlarmLife, body: AlarmStepBody): boolean {
  if (body.kind === 'suppressed') return alarm.suppressedBy.includes(body.by)
  return body.kind === 'unsuppressed' && !alarm.suppressedBy.includes(body.by)
}
