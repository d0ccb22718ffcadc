import { beforeEach, describe, expect, test } from 'vitest'
import type { AuditEntry } from '../../model/audit.ts'
import type { Quarantined } from '../../model/reading-batch.ts'
import { farm, idAt, place, province, sensor } from './contract-examples.ts'
import type { NetworkServerAccess, OnboardingStore } from './onboarding-store.ts'
import type { StateStore } from './state-store.ts'
import { unclaimedKept } from './unclaimed.ts'

const audit: AuditEntry = {
  ...{ at: 1, author: { id: 'person:1', name: 'Sen', address: '' }, action: 'x', object: 'device:a' },
  ...{ organisation: 'root', outcome: 'done', detail: '', count: 1 }
}

/** What every onboarding store must do. @param storesOf - it, and the state whose quarantine fills its list. */
export function onboardingContract(
  storesOf: () => { readonly onboarding: OnboardingStore; readonly state: StateStore }
): void {
  describe('onboarding', () => {
    let onboarding: OnboardingStore
    let state: StateStore
    beforeEach(() => {
      ;({ onboarding, state } = storesOf())
    })

    const heard = (position: number, device: string, changes: Partial<Quarantined> = {}): Quarantined => ({
      ...{ position, reason: 'unclaimed', device, site: 'farm-1', topic: `site/farm-1/${device}/telemetry` },
      ...{ receivedAt: 1000 + position, detail: '', credential: 'site:farm-1', sample: `{"n":${position}}` },
      ...changes
    })
    const idsOf = async (): Promise<readonly string[]> => (await onboarding.unclaimed()).map(({ id }) => id)

    test('lists devices that were heard and are not known, the newest first, each message counted once', async () => {
      await state.quarantine([heard(1, 'a'), heard(2, 'b'), heard(3, 'a', { site: undefined })], 3)
      await state.quarantine([heard(3, 'a'), heard(4, 'c', { reason: 'codec-error' })], 4)
      const { sample: _, ...binary } = heard(5, 'b', { credential: 'connector:cs' })
      await state.quarantine([binary], 5)
      const a = { site: undefined, firstSeenAt: 1001, lastSeenAt: 1003, count: 2, lastPosition: 3, refused: undefined }
      expect(await onboarding.unclaimed()).toMatchObject([
        { id: 'b', credential: 'connector:cs', count: 2, firstSeenAt: 1002, lastSeenAt: 1005 },
        { id: 'a', credential: 'site:farm-1', ...a }
      ])
      expect((await onboarding.unclaimed(['a', 'x', "o'b"])).map(({ id }) => id)).toEqual(['a'])
      // The newest that is text.
      expect(await onboarding.samples(['a', 'b', 'x'])).toEqual(
        new Map([
          ['a', '{"n":3}'],
          ['b', '{"n":2}']
        ])
      )
    })

    test('remembers who refused a device, takes it back, and says whether it is known', async () => {
      await state.quarantine([heard(1, 'a')], 1)
      expect(await onboarding.refuse('a', { at: 5, by: 'Sen' }, audit)).toBe(true)
      expect(await onboarding.refuse('x', { at: 5, by: 'Sen' }, audit)).toBe(false)
      await state.quarantine([heard(2, 'a')], 2)
      expect(await onboarding.unclaimed()).toMatchObject([{ count: 2, refused: { at: 5, by: 'Sen' } }])
      expect(await onboarding.refuse('a', undefined, audit)).toBe(true)
      expect(await onboarding.unclaimed()).toMatchObject([{ refused: undefined }])
    })

    test('keeps so many, whatever strangers send, and those that were refused', async () => {
      await state.quarantine([heard(1, 'refused')], 1)
      await onboarding.refuse('refused', { at: 5, by: 'Sen' }, audit)
      await state.quarantine(
        Array.from({ length: unclaimedKept + 10 }, (_, i) => heard(2 + i, `d${i}`)),
        unclaimedKept + 11
      )
      const found = await idsOf()
      expect(found).toHaveLength(unclaimedKept + 1)
      expect(found.at(-1)).toBe('refused')
      expect(found).not.toContain('d9')
      expect(found).toContain('d10')
    })

    test('keeps one API a network server', async () => {
      const access: NetworkServerAccess = {
        ...{ connector: 'cs', kind: 'chirpstack', url: 'https://cs', sealedKey: 'k', changedAt: 1 },
        settings: { applicationId: 'a', ['__proto__']: 'p' }
      }
      await onboarding.setNetworkServer(access, audit)
      await onboarding.setNetworkServer({ ...access, connector: 'a-tts', kind: 'tts' }, audit)
      const changed = { ...access, url: 'https://other', changedAt: 2 }
      await onboarding.setNetworkServer(changed, audit)
      expect(await onboarding.networkServers()).toEqual([{ ...access, connector: 'a-tts', kind: 'tts' }, changed])
      expect(await onboarding.removeNetworkServer('cs', audit)).toBe(true)
      expect(await onboarding.removeNetworkServer('cs', audit)).toBe(false)
    })

    test('knows what it made at a network server', async () => {
      await onboarding.addRegistration({ hardware: 'a', connector: 'cs', at: 1 })
      await onboarding.addRegistration({ hardware: 'a', connector: 'tts', at: 2 })
      await onboarding.addRegistration({ hardware: 'b', connector: 'cs', at: 3 })
      expect(await onboarding.registrations(['a', 'x'])).toEqual([{ hardware: 'a', connector: 'tts', at: 2 }])
      await onboarding.removeRegistration('a')
      await onboarding.removeRegistration('a')
      expect(await onboarding.registrations(['a', 'b'])).toMatchObject([{ hardware: 'b' }])
      expect(await onboarding.registrations([])).toEqual([])
    })

    test('gives the newest verdict of each device', async () => {
      const record = {
        device: 'a',
        at: 1,
        author: 'person:1',
        authorName: 'Sen',
        isPassed: false,
        findings: { rssi: 3 }
      }
      expect(await onboarding.addAcceptance(record, audit)).toBe(1)
      expect(await onboarding.addAcceptance({ ...record, at: 2, isPassed: true }, audit)).toBe(2)
      expect(await onboarding.addAcceptance({ ...record, device: 'b' }, audit)).toBe(3)
      expect(await onboarding.acceptances(['a', 'x'])).toEqual([{ ...record, id: 2, at: 2, isPassed: true }])
      expect(await onboarding.acceptances([])).toEqual([])
    })

    test('gives the history of a device in the registry, what has not taken effect too', async () => {
      await place(state, [province, farm, sensor('a'), sensor('b')], 1)
      const waiting = await state.change([{ kind: 'device-removed', id: 'a' }], 9)
      const changes = await onboarding.deviceChanges('a')
      expect(changes.map(({ position, change }) => [position, change])).toEqual([
        [3, sensor('a')],
        [undefined, { kind: 'device-removed', id: 'a' }]
      ])
      expect(changes[1]?.id).toBe(idAt(waiting, 0))
      expect(await onboarding.deviceChanges('x')).toEqual([])
    })
  })
}
