import type { Kysely } from 'kysely'
import type { Alarm, AlarmAction, AlarmEvidence, AlarmState, AlarmStep, Maintenance } from '../../../model/alarm.ts'
import type { AuditEntry, Author } from '../../../model/audit.ts'
import type { Clock } from '../../../model/clock.ts'
import type { Position } from '../../../model/position.ts'
import { AlarmWriter } from '../alarm-steps.ts'
import type {
  AlarmBurden,
  AlarmOccurrence,
  AlarmQuery,
  AlarmStore,
  AlarmVerdict,
  NamedChange,
  WrittenStep
} from '../alarm-store.ts'
import * as alarms from '../alarms.ts'
import { addAudit } from '../audit-log.ts'
import type { KeptState } from '../health-store.ts'
import { endMaintenance, insertMaintenance, maintenanceSince } from '../maintenance.ts'
import type { StateTables } from '../tables.ts'
import type { StateWork } from './state-work.ts'

export interface SqliteAlarmStoreProps {
  readonly work: StateWork
  readonly clock: Clock
  readonly auditKey: Uint8Array
}

/** Alarms in the database of a `SqliteStateStore`, which opens and closes it (see `AlarmStore`). */
export class SqliteAlarmStore implements AlarmStore {
  readonly #props: SqliteAlarmStoreProps
  #listener: (written: readonly WrittenStep[]) => void = () => undefined

  constructor(props: SqliteAlarmStoreProps) {
    this.#props = props
  }

  /** Tells of steps once they are kept, in their order. */
  onSteps(listener: (written: readonly WrittenStep[]) => void): void {
    this.#listener = listener
  }

  async take(
    changes: readonly NamedChange[],
    states: KeptState,
    position: Position | undefined
  ): Promise<readonly WrittenStep[]> {
    return this.#written('take what rules found', async (writer, trx) => {
      for (const change of changes) await writer.take(change)
      if (position !== undefined) await alarms.keepRules(trx, states, position)
      return writer.written
    })
  }

  kept(): Promise<{ readonly states: KeptState; readonly position: Position }> {
    return this.#props.work.read('read what rules know', alarms.keptRules)
  }

  act(alarm: string, action: AlarmAction, author: Author, audit?: AuditEntry): Promise<Alarm> {
    return this.#written('change alarm', async (writer, trx) => {
      const life = await writer.act(alarm, action, author)
      await addAudit(trx, [audit], this.#props.auditKey)
      return life.alarm
    })
  }

  note(steps: readonly Pick<AlarmStep, 'alarm' | 'body'>[]): Promise<void> {
    return this.#written('note on alarms', async writer => {
      for (const { alarm, body } of steps) await writer.note(alarm, body)
    })
  }

  expire(): Promise<void> {
    return this.#written('end what has run out', (writer, trx) =>
      alarms.expireAlarms(trx, writer, this.#props.clock.now())
    )
  }

  alarms(query: AlarmQuery): Promise<readonly Alarm[]> {
    return this.#props.work.read('list alarms', db => alarms.alarmsOf(db, query))
  }

  alarm(id: string): Promise<Alarm | undefined> {
    return this.#props.work.read('find alarm', db => alarms.alarmOf(db, id))
  }

  occurrences(query: {
    readonly rule: string
    readonly subject: string
    readonly from: number
  }): Promise<readonly AlarmOccurrence[]> {
    return this.#props.work.read('list occurrences', db => alarms.occurrencesOf(db, query))
  }

  openHealth(): Promise<readonly (AlarmOccurrence & { readonly rule: string })[]> {
    return this.#props.work.read('list alarms of health', alarms.openHealthAlarms)
  }

  counts(query: Pick<AlarmQuery, 'organisations' | 'isSimulated'>): Promise<Readonly<Record<AlarmState, number>>> {
    return this.#props.work.read('count alarms', db => alarms.alarmCounts(db, query))
  }

  steps(alarm: string): Promise<readonly AlarmStep[]> {
    return this.#props.work.read('list steps of alarm', db => alarms.stepsOf(db, alarm))
  }

  stepsAfter(sequence: number, limit: number): Promise<readonly AlarmStep[]> {
    return this.#props.work.read('list steps', db => alarms.stepsBehind(db, sequence, limit))
  }

  newestStep(): Promise<number> {
    return this.#props.work.read('find newest step', async db => {
      const row = await db.selectFrom('sequence').select('last').where('name', '=', 'alarm_step').executeTakeFirst()
      return row?.last ?? 0
    })
  }

  evidence(alarm: string): Promise<readonly { readonly alarm: string; readonly evidence: AlarmEvidence }[]> {
    return this.#props.work.read('read evidence', db => alarms.evidenceOf(db, alarm))
  }

  burden(query: Pick<AlarmQuery, 'organisations' | 'isSimulated' | 'from' | 'to'>): Promise<readonly AlarmBurden[]> {
    return this.#props.work.read('report on alarms', db => alarms.alarmBurdens(db, query))
  }

  verify(): Promise<AlarmVerdict> {
    return this.#props.work.read('check alarms', alarms.verifyAlarms)
  }

  addMaintenance(maintenance: Omit<Maintenance, 'id'>, audit?: AuditEntry): Promise<number> {
    return this.#props.work.write('add maintenance', async trx => {
      const id = await insertMaintenance(trx, maintenance)
      await addAudit(trx, [audit], this.#props.auditKey)
      return id
    })
  }

  maintenance(since: number = this.#props.clock.now()): Promise<readonly Maintenance[]> {
    return this.#props.work.read('list maintenance', db => maintenanceSince(db, since))
  }

  async endMaintenance(id: number, audit?: AuditEntry): Promise<boolean> {
    return this.#props.work.write('end maintenance', async trx => {
      const isEnded = await endMaintenance(trx, id, this.#props.clock.now())
      if (isEnded) await addAudit(trx, [audit], this.#props.auditKey)
      return isEnded
    })
  }

  async #written<T>(
    operation: string,
    work: (writer: AlarmWriter, trx: Kysely<StateTables>) => Promise<T>
  ): Promise<T> {
    const { work: state, clock } = this.#props
    let written: readonly WrittenStep[] = []
    const result = await state.write(operation, async trx => {
      const writer = new AlarmWriter(trx, clock.now())
      const done = await work(writer, trx)
      written = writer.written
      return done
    })
    if (written.length > 0) this.#listener(written)
    return result
  }
}
