import { beforeEach, describe, expect, it } from 'vitest'
import { noticeKeyOf } from '../../alarms/escalation/notice-key.ts'
import type { EscalationPlan, PlannedNotice } from '../../alarms/escalation/plan.ts'
import { systemAuthor } from '../../model/audit.ts'
import { recipientDraft } from '../../model/recipient.ts'
import type { NoticeLink, NoticeStore, StoredNotice } from './notice-store.ts'
import type { PeopleStore } from './people-store.ts'

interface Stores {
  readonly notices: NoticeStore
  readonly people: PeopleStore
}

const alarm = '7~lu~1~site~cau-rong'
const now = Date.UTC(2026, 10, 30)

function planned(recipient: string, channel: string, more: Partial<PlannedNotice> = {}): PlannedNotice {
  const identity = { alarm, step: 1, round: 0, recipient, channel }
  const key = noticeKeyOf({ ...identity, alarm: more.alarm ?? alarm })
  return { key, ...identity, about: 'raised', severity: 'critical', due: now, held: undefined, ...more }
}

const planOf = (notices: readonly PlannedNotice[], more: Partial<EscalationPlan> = {}): EscalationPlan => ({
  ...{ notices, stop: [], lookAgainAt: undefined, isUntold: false },
  ...more
})
const applied = (plan: EscalationPlan, of = alarm) => ({ alarm: of, organisation: 'root', plan })
const linkTo = (hash: string, recipient: string): NoticeLink => ({
  ...{ hash, reply: '4F7K', alarm, recipient, expiresAt: now + 1000 }
})
const statesOf = (notices: readonly StoredNotice[]): readonly string[] =>
  notices.map(({ channel, state }) => `${channel} ${state}`).sort()

/** What every `NoticeStore` does; `people` stands in the same database. */
export function noticeContract(open: () => Stores): void {
  describe('keeps notices, as every NoticeStore', () => {
    let store: NoticeStore
    beforeEach(() => {
      store = open().notices
    })
    const sms = planned('contact:1', 'sms')
    const mail = planned('contact:1', 'mail')

    it('knows recipients with the phone and mail address of their accounts, and not those whose account is closed', async () => {
      const { people } = open()
      const line = { at: 0, author: systemAuthor, action: 'person.add', object: '', organisation: 'root' }
      const entry = { ...line, outcome: 'done', detail: '', count: 1 } as const
      const person = await people.addPerson(
        {
          ...{ name: 'An', login: undefined, phone: '+84912345678', email: 'an@example.vn', kind: 'operational' },
          ...{ organisation: 'root', state: 'active', grants: [] }
        },
        0,
        entry
      )
      const draft = recipientDraft.parse({ organisation: 'root', name: 'An', email: 'truc@example.vn' })
      const id = await store.addRecipient(draft, person, { ...entry, action: 'recipient.add' })
      expect(id).toBe(`person:${person}`)
      expect(await store.addRecipient(draft, undefined)).toBe('contact:1')
      await expect(store.addRecipient(draft, person)).rejects.toMatchObject({ code: 'SEN_CONFLICT' })
      expect((await store.recipients()).find(one => one.id === id)).toMatchObject({
        reach: { phone: '+84912345678', email: 'truc@example.vn' },
        isActive: true
      })
      await people.changePerson(person, { state: 'disabled' })
      expect((await store.recipients()).find(one => one.id === id)?.isActive).toBe(false)
      await store.changeRecipient('contact:1', { ...draft, name: 'Bình' })
      expect((await store.recipients()).map(({ name }) => name)).toContain('Bình')
      expect((await people.auditRecords({ limit: 1 }))[0]).toMatchObject({ object: `recipient:${id}` })
      expect(await store.removeRecipient('contact:1', now)).toBe(true)
      await expect(store.changeRecipient('contact:1', draft)).rejects.toMatchObject({ code: 'SEN_NOT_FOUND' })
    })

    it('writes what was planned and how far it is in one, and each key once', async () => {
      await store.apply([applied(planOf([sms, mail], { lookAgainAt: now + 15_000 }))], [], now, 12)
      await store.apply([applied(planOf([{ ...sms, due: now + 1 }], { lookAgainAt: now + 15_000 }))], [], now, 13)
      expect(await store.position()).toBe(13)
      expect((await store.due(now, 10)).map(({ key }) => key).sort()).toEqual([sms.key, mail.key].sort())
      expect(await store.nextAt()).toBe(now)
      expect(await store.alarmsToLookAt(now + 14_999, 10)).toEqual([])
      expect(await store.alarmsToLookAt(now + 15_000, 10)).toEqual([alarm])
    })

    it('lets what was stopped leave after all, and nothing that has left', async () => {
      await store.apply([applied(planOf([sms, mail]))], [], now)
      await store.settle({ key: mail.key, at: now, state: 'sent', detail: '' })
      await store.apply([applied(planOf([], { stop: [sms.key, mail.key] }))], [], now)
      expect(statesOf(await store.noticesOf(alarm))).toEqual(['mail sent', 'sms stopped'])
      await store.apply([applied(planOf([sms, mail]))], [], now)
      expect(statesOf(await store.noticesOf(alarm))).toEqual(['mail sent', 'sms waiting'])
    })

    it('has an alarm planned again at once when a channel has answered', async () => {
      await store.apply([applied(planOf([sms]))], [], now)
      await store.settle({ key: sms.key, at: now + 5, state: 'refused', detail: '108 phone', isBadContact: true })
      expect(await store.alarmsToLookAt(now + 5, 10)).toEqual([alarm])
      expect(await store.badContacts(now)).toEqual(['contact:1 sms'])
      expect(await store.badContacts(now + 6)).toEqual([])
      expect(await store.noticesOf(alarm)).toMatchObject([{ state: 'refused', attempts: 1, detail: '108 phone' }])
    })

    it('tries again under the same key, when it is told to', async () => {
      await store.apply([applied(planOf([sms]))], [], now)
      const outcome = { key: sms.key, state: 'waiting', detail: 'no answer' } as const
      await store.settle({ ...outcome, at: now + 5, nextTryAt: now + 2000 })
      expect(await store.due(now + 1999, 10)).toEqual([])
      expect(await store.due(now + 2000, 10)).toMatchObject([{ key: sms.key, attempts: 1, triedAt: now + 5, due: now }])
    })

    it('lets what is told together follow the one that tells it', async () => {
      const other = planned('contact:1', 'sms', { alarm: '8~lu~1~site~khac' })
      await store.apply([applied(planOf([sms])), applied(planOf([other]), other.alarm)], [], now)
      const members = [sms.key, other.key]
      const group = { key: 'g1', about: 'raised', severity: 'critical', members } as const
      const to = { recipient: 'contact:1', channel: 'sms', organisation: 'root' }
      await store.group({ ...group, ...to }, { ...linkTo('h', 'contact:1'), alarm: 'group~g1' }, now)
      expect(await store.due(now, 10)).toMatchObject([{ key: 'g1', members }])
      await store.settle({ key: 'g1', at: now + 1, state: 'sent', reference: 'r1', detail: '' })
      expect(await store.sentSince(now)).toEqual([
        { recipient: 'contact:1', channel: 'sms', count: 1, lastGroupAt: now + 1 }
      ])
      expect(await store.report('sms', [{ reference: 'r1', state: 'reached', detail: 'ok' }], now + 9)).toEqual([])
      expect(statesOf(await store.noticesOf(other.alarm))).toEqual(['sms reached'])
      expect((await store.alarmsToLookAt(now + 9, 10)).toSorted()).toEqual([alarm, other.alarm].sort())
    })

    it('takes delivery reports of what it knows, and says which it does not', async () => {
      await store.apply([applied(planOf([sms]))], [], now)
      await store.settle({ key: sms.key, at: now, state: 'sent', reference: 'r1', detail: '' })
      expect(await store.unreported('sms', now, 10)).toEqual(['r1'])
      const reports = ['r1', 'r9'].map(reference => ({ reference, state: 'failed', detail: 'off' }) as const)
      expect(await store.report('sms', reports, now + 1)).toEqual(['r9'])
      expect(statesOf(await store.noticesOf(alarm))).toEqual(['sms failed'])
      expect(await store.unreported('sms', now, 10)).toEqual([])
    })

    it('counts what was taken as reached once somebody has answered it', async () => {
      await store.apply([applied(planOf([sms, mail]))], [], now)
      await store.settle({ key: sms.key, at: now, state: 'sent', detail: '' })
      await store.reached(alarm, 'contact:1', now + 7, 'answered by SMS')
      expect(statesOf(await store.noticesOf(alarm))).toEqual(['mail waiting', 'sms reached'])
    })

    it('has each outcome written into the alarm’s history, and each again if it was not', async () => {
      const held = planned('contact:1', 'zalo', { held: 'quiet', due: now + 9 })
      await store.apply([applied(planOf([sms, held]))], [], now)
      expect((await store.unnoted(10)).map(({ channel }) => channel)).toEqual(['zalo'])
      await store.noted(await store.unnoted(10))
      await store.settle({ key: sms.key, at: now, state: 'sent', detail: '' })
      const seen = await store.unnoted(10)
      await store.settle({ key: sms.key, at: now, state: 'sent', detail: '' })
      await store.reached(alarm, 'contact:1', now, '')
      await store.noted(seen)
      expect(statesOf(await store.unnoted(10))).toEqual(['sms reached'])
    })

    it('finds the way back by link and by reply code, until it has expired', async () => {
      await store.apply([], [linkTo('h1', 'contact:1')], now)
      expect(await store.linkOf('h1')).toMatchObject({ alarm, recipient: 'contact:1' })
      expect(await store.linkByReply('4F7K', ['contact:1'], now)).toMatchObject({ hash: 'h1' })
      expect(await store.linkByReply('4F7K', ['contact:2'], now)).toBeUndefined()
      expect(await store.linkByReply('4F7K', ['contact:1'], now + 1000)).toBeUndefined()
      await store.trim(now, now + 1001)
      expect(await store.linkOf('h1')).toBeUndefined()
    })

    it('keeps channels, and when their trouble began', async () => {
      const channel = { id: 'sms', kind: 'sms-esms', name: 'eSMS', organisation: 'root', isEnabled: true } as const
      await store.putChannel({ ...channel, settings: { brand: 'SEN' }, secrets: 'sealed:1', createdAt: now })
      expect(await store.setTrouble('sms', { since: now, detail: '103 balance' })).toBe(true)
      expect(await store.setTrouble('sms', { since: now + 5, detail: '103 balance' })).toBe(false)
      expect(await store.channels()).toMatchObject([{ settings: { brand: 'SEN' }, trouble: { since: now } }])
      expect(await store.setTrouble('sms', undefined)).toBe(true)
      expect(await store.removeChannel('sms')).toBe(true)
      expect(await store.removeChannel('sms')).toBe(false)
    })

    it('lists notices by pages, of whom they are about', async () => {
      await store.apply([applied(planOf([sms, mail]))], [], now)
      const first = await store.notices({ limit: 1, organisations: ['root'] })
      const second = await store.notices({ limit: 1, organisations: ['root'], after: first[0]?.key })
      expect([...first, ...second].map(({ key }) => key).sort()).toEqual([sms.key, mail.key].sort())
      expect(await store.notices({ limit: 1, organisations: ['other'] })).toEqual([])
      expect(await store.counts()).toMatchObject({ waiting: 2, sent: 0 })
    })
  })
}
