import { beforeEach, describe, expect, test } from 'vitest'
import {
  clearedAt,
  exampleNames,
  levelAt,
  movedAt,
  raisedAt,
  withdrawnAt
} from '../../alarms/lifecycle/alarm-examples.ts'
import { digestOf } from '../../alarms/lifecycle/chain.ts'
import type { AlarmChange, AlarmEvidence } from '../../model/alarm.ts'
import type { AuditEntry } from '../../model/audit.ts'
import type { AlarmQuery, AlarmStore, NamedChange, WrittenStep } from './alarm-store.ts'
import type { PeopleStore } from './people-store.ts'

const hoa = { id: 'person:7', name: 'Hoa', address: '' }
const evidence: AlarmEvidence = {
  rule: undefined,
  profile: { id: 'json-water', codec: undefined },
  messages: [{ position: 1, door: 'mqtt', topic: 'site/a/b', receivedAt: 5, sizeBytes: 2, payload: 'e30=' }]
}

/** What every alarm store must do. @param propsOf - it, the audit log of its state, and a clock to move (ms). */
export function alarmContract(
  propsOf: () => {
    readonly alarms: AlarmStore
    readonly people: PeopleStore
    readonly clock: { at: number }
    readonly told: readonly WrittenStep[]
  }
): void {
  describe('alarms', () => {
    let { alarms, people, clock, told } = {} as ReturnType<typeof propsOf>
    beforeEach(() => {
      ;({ alarms, people, clock, told } = propsOf())
    })

    const entry = (change: AlarmChange, more: Partial<NamedChange> = {}): NamedChange => ({
      ...{ change, names: exampleNames, ...more }
    })
    const take = async (...changes: readonly AlarmChange[]) =>
      alarms.take(
        changes.map(change => entry(change)),
        [],
        changes.at(-1)?.position ?? 0
      )
    const about = (change: AlarmChange, device: string): AlarmChange => ({
      ...{ ...change, subject: { kind: 'device', id: device } },
      alarm: change.alarm.replace('muc-nuoc-1', device)
    })
    const first = raisedAt(1).alarm
    const stateOf = async (id = first) => (await alarms.alarm(id))?.state
    const audit: AuditEntry = {
      ...{ at: 1, author: hoa, action: 'alarm.acknowledge', object: `alarm:${first}`, organisation: 'root' },
      ...{ outcome: 'done', detail: '', count: 1 }
    }

    test('takes changes, what the rules know and their position together, each change once', async () => {
      expect(await alarms.kept()).toEqual({ states: [], position: 0 })
      const changes = [entry(raisedAt(1), { evidence }), entry(levelAt(2, 1, 2)), entry(clearedAt(3, 1))]
      const written = await alarms.take(changes, [['song-lam', '{"n":1}']], 3)
      expect(written.map(({ step }) => [step.sequence, step.step, step.body.kind, step.author])).toEqual([
        [1, 1, 'raised', 'sen'],
        [2, 2, 'level', 'sen'],
        [3, 3, 'cleared', 'sen']
      ])
      expect(written.map(({ alarm }) => [alarm.state, alarm.level])).toEqual([
        ['unacknowledged', 1],
        ['unacknowledged', 2],
        ['returned', 0]
      ])
      expect(
        await alarms.take(
          changes,
          [
            ['song-lam', null],
            ['x', '{}']
          ],
          4
        )
      ).toEqual([])
      expect(await alarms.kept()).toEqual({ states: [['x', '{}']], position: 4 })
      expect(await alarms.take([entry(raisedAt(9))], [], undefined)).toHaveLength(1)
      expect((await alarms.kept()).position).toBe(4)
      expect(await alarms.steps(first)).toEqual([
        ...written.map(({ step }) => step),
        ...(await alarms.stepsAfter(3, 9))
      ])
      expect(told.map(({ step }) => step.sequence)).toEqual([1, 2, 3, 4])
      expect(await alarms.newestStep()).toBe(4)
    })

    test('says nothing of an alarm that it does not know', async () => {
      expect(await take(clearedAt(2, 1), movedAt(3, 1, { onset: 1, clearedAt: 2 }), withdrawnAt(4, 1))).toEqual([])
      expect(await alarms.alarm(first)).toBeUndefined()
      expect(await alarms.steps(first)).toEqual([])
      await alarms.note([{ alarm: first, body: { kind: 'suppressed', by: 'gateway', detail: '' } }])
      await expect(alarms.act(first, { kind: 'commented', text: 'x' }, hoa)).rejects.toMatchObject({
        code: 'SEN_NOT_FOUND'
      })
      expect(await alarms.verify()).toEqual({ alarms: 0, steps: 0, faults: [] })
    })

    test('keeps what people do with their line of the audit log, and refuses what makes no sense', async () => {
      await take(raisedAt(1))
      const acted = await alarms.act(first, { kind: 'acknowledged', by: 'api' }, hoa, audit)
      expect(acted).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'Hoa', steps: 2 })
      expect((await alarms.steps(first)).at(-1)).toMatchObject({ author: 'person:7', authorName: 'Hoa' })
      await expect(alarms.act(first, { kind: 'acknowledged', by: 'api' }, hoa, audit)).rejects.toMatchObject({
        ...{ code: 'SEN_CONFLICT', message: `change alarm ${first}: Hoa has acknowledged it already` }
      })
      expect(await people.auditRecords({ action: 'alarm', limit: 9 })).toHaveLength(1)
    })

    test('makes one alarm of a condition that comes back before anybody has acknowledged it', async () => {
      await take(raisedAt(1), clearedAt(3, 1), raisedAt(5, 2), levelAt(6, 5, 3))
      const second = raisedAt(5).alarm
      expect(await alarms.alarm(second)).toMatchObject({ id: first, returns: 1, level: 3, highestLevel: 3 })
      await alarms.act(second, { kind: 'acknowledged', by: 'reply' }, hoa)
      await take(clearedAt(7, 5), raisedAt(8))
      expect(await alarms.alarms({ limit: 9 })).toMatchObject([
        { id: raisedAt(8).alarm, state: 'unacknowledged' },
        { id: first, state: 'normal' }
      ])
      // Long after it ended it is another; so is one about something else.
      await take(clearedAt(9, 8), about(raisedAt(10), 'muc-nuoc-2'), raisedAt(60))
      expect((await alarms.alarms({ limit: 9 })).map(({ id }) => id)).toEqual([
        raisedAt(60).alarm,
        about(raisedAt(10), 'muc-nuoc-2').alarm,
        raisedAt(8).alarm,
        first
      ])
    })

    test('tells a flapping alarm no more until it keeps still', async () => {
      for (let at = 1; at <= 11; at += 2) await take(raisedAt(at), clearedAt(at + 1, at))
      expect(await alarms.alarm(first)).toMatchObject({ state: 'suppressed', suppressedBy: ['flapping'], returns: 5 })
      clock.at = clearedAt(12, 11).foundAt + 60_000
      await alarms.expire()
      expect(await stateOf()).toBe('suppressed')
      clock.at += 15 * 60_000
      await alarms.expire()
      await alarms.expire()
      expect(await stateOf()).toBe('returned')
    })

    test('ends shelving and maintenance when their time is over', async () => {
      clock.at = raisedAt(1).foundAt
      const work = {
        ...{
          of: { kind: 'site', id: 'cau-rong' } as const,
          from: clock.at,
          to: clock.at + 5000,
          reason: 'thay cảm biến'
        },
        ...{ author: hoa.id, authorName: hoa.name }
      }
      const id = await alarms.addMaintenance(work, { ...audit, action: 'maintenance.add' })
      await alarms.addMaintenance({ ...work, of: { kind: 'device', id: 'other' } })
      expect(await alarms.maintenance()).toMatchObject([{ id, ...work }, {}])
      await take(raisedAt(1))
      expect(await alarms.alarm(first)).toMatchObject({ state: 'suppressed', suppressedBy: ['maintenance'] })
      await alarms.act(first, { kind: 'shelved', until: clock.at + 9000, reason: 'x' }, hoa)
      await alarms.expire()
      expect(await stateOf()).toBe('suppressed')
      clock.at += 6000
      await alarms.expire()
      expect(await stateOf()).toBe('shelved')
      clock.at += 6000
      await alarms.expire()
      expect(await stateOf()).toBe('unacknowledged')
      expect((await alarms.steps(first)).map(({ body }) => body.kind)).toEqual([
        ...['raised', 'suppressed', 'shelved', 'unsuppressed', 'unshelved']
      ])
      expect([await alarms.endMaintenance(id), await alarms.endMaintenance(77)]).toEqual([false, false])
      const later = await alarms.addMaintenance({ ...work, to: clock.at + 5000 })
      expect([await alarms.endMaintenance(later, audit), await alarms.maintenance()]).toEqual([true, []])
      expect(await alarms.maintenance(0)).toHaveLength(3)
    })

    test('lists the times that a condition held', async () => {
      await take(raisedAt(1), levelAt(2, 1, 3), clearedAt(4, 1), raisedAt(6), withdrawnAt(7, 6), raisedAt(60))
      const query = { rule: 'song-lam', subject: 'muc-nuoc-1' }
      const open = { id: raisedAt(60).alarm, onset: raisedAt(60).at, clearedAt: undefined, highestLevel: 1 }
      const over = { id: first, onset: raisedAt(1).at, clearedAt: clearedAt(4, 1).at, highestLevel: 3 }
      expect(await alarms.occurrences({ ...query, from: over.clearedAt - 1 })).toMatchObject([over, open])
      expect(await alarms.occurrences({ ...query, from: over.clearedAt })).toMatchObject([open])
      expect(await alarms.openHealth()).toEqual([])
      const silent = { ...exampleNames, healthEvent: 'device-silent' as const }
      const change = about(raisedAt(61), 'b')
      await alarms.take([entry(change, { names: silent })], [], undefined)
      expect(await alarms.openHealth()).toMatchObject([
        { id: change.alarm, rule: 'song-lam', healthEvent: 'device-silent' }
      ])
      await alarms.take([entry(about(clearedAt(62, 61), 'b'), { names: silent })], [], undefined)
      expect(await alarms.openHealth()).toEqual([])
    })

    test('notes what Sen does, each notice once', async () => {
      await take(raisedAt(1))
      const notice = { kind: 'notice', key: 'k', recipient: 'person:7', channel: 'http' } as const
      const sent = { ...notice, outcome: 'sent', detail: '' } as const
      const gateway = { kind: 'suppressed', by: 'gateway', detail: 'g' } as const
      const bodies = [sent, sent, { ...notice, outcome: 'reached', detail: '' } as const, gateway, gateway]
      await alarms.note(bodies.map(body => ({ alarm: first, body })))
      await alarms.note([{ alarm: first, body: sent }])
      expect((await alarms.steps(first)).map(({ body }) => body.kind)).toEqual([
        ...['raised', 'notice', 'notice', 'suppressed']
      ])
      const born = entry(about(raisedAt(2), 'b'), { suppressed: { by: 'gateway', detail: 'g' } })
      await alarms.take([born], [], undefined)
      expect(await stateOf(born.change.alarm)).toBe('suppressed')
    })

    test('finds alarms, and counts them by state', async () => {
      const here = entry(raisedAt(1))
      const there = entry(about(raisedAt(2), 'b'), {
        names: { ...exampleNames, organisation: "o'b", site: 'vuon', isSimulated: true }
      })
      await alarms.take([here, there], [], 2)
      await alarms.act(first, { kind: 'acknowledged', by: 'api' }, hoa)
      const found = async (query: Partial<AlarmQuery>) =>
        (await alarms.alarms({ limit: 9, ...query })).map(({ subject }) => subject.id)
      expect(await found({})).toEqual(['b', 'muc-nuoc-1'])
      expect(await found({ limit: 1 })).toEqual(['b'])
      expect(await found({ after: there.change.alarm })).toEqual(['muc-nuoc-1'])
      expect(await found({ organisations: ["o'b"] })).toEqual(['b'])
      expect(await found({ organisations: [] })).toEqual([])
      expect(await found({ states: ['acknowledged', 'returned'] })).toEqual(['muc-nuoc-1'])
      expect(await found({ site: 'vuon' })).toEqual(['b'])
      expect(await found({ device: 'b' })).toEqual(['b'])
      expect(await found({ rule: 'other' })).toEqual([])
      expect(await found({ isSimulated: false })).toEqual(['muc-nuoc-1'])
      expect(await found({ from: raisedAt(2).foundAt })).toEqual(['b'])
      expect(await found({ to: raisedAt(2).foundAt })).toEqual(['muc-nuoc-1'])
      expect(await alarms.counts({})).toMatchObject({ unacknowledged: 1, acknowledged: 1, normal: 0 })
      expect(await alarms.counts({ organisations: ['root'] })).toMatchObject({ unacknowledged: 0, acknowledged: 1 })
    })

    test('says what alarms cost people', async () => {
      clock.at = 50
      await take(raisedAt(1), clearedAt(3, 1), about(raisedAt(4), 'b'))
      await alarms.act(first, { kind: 'acknowledged', by: 'api' }, hoa)
      await alarms.act(about(raisedAt(4), 'b').alarm, { kind: 'commented', text: 'x' }, hoa)
      expect(await alarms.burden({ organisations: ['root'] })).toEqual([
        {
          ...{ rule: 'song-lam', raisedAt: raisedAt(1).foundAt, acknowledgedAt: 50, isActedOn: false },
          returnedAt: clearedAt(3, 1).foundAt
        },
        {
          ...{ rule: 'song-lam', raisedAt: raisedAt(4).foundAt, acknowledgedAt: undefined, isActedOn: true },
          returnedAt: undefined
        }
      ])
    })

    test('keeps evidence with each time an alarm is raised, and vouches for it', async () => {
      const back = { ...evidence, messages: [] }
      await alarms.take([entry(raisedAt(1), { evidence }), entry(clearedAt(2, 1))], [], 2)
      await alarms.take([entry(raisedAt(3), { evidence: back })], [], 3)
      expect(await alarms.evidence(first)).toEqual([
        { alarm: first, evidence },
        { alarm: raisedAt(3).alarm, evidence: back }
      ])
      expect((await alarms.steps(first))[0]?.body).toMatchObject({ kind: 'raised', evidence: digestOf(evidence) })
      expect(await alarms.verify()).toEqual({ alarms: 1, steps: 3, faults: [] })
    })
  })
}
