import { expect, test } from 'vitest'
import type { HealthEvent } from '../../model/health.ts'
import { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { Rule, RuleScope } from '../../model/rule.ts'
import { namesOf } from '../naming/alarm-names.ts'
import { HealthAlarms } from './health-alarms.ts'

const silence = (id: string, scope: RuleScope = {}, changes: Partial<Rule> = {}): Rule => ({
  ...{ id, name: { vi: 'Mất tín hiệu' }, organisation: 'xa', version: 1, isEnabled: true, scope, per: 'device' },
  levels: [
    { name: { vi: 'Im lặng' }, severity: 'high', when: { kind: 'health', event: 'device-silent' } },
    { name: { vi: 'Cổng' }, severity: 'critical', when: { kind: 'health', event: 'gateway-down' } }
  ],
  ...{ author: '', ...changes }
})

function registryWith(...rules: readonly Rule[]): RegistrySnapshot {
  return new RegistrySnapshot([
    { kind: 'organisation', organisation: { id: 'root', name: 'Tỉnh' } },
    { kind: 'organisation', organisation: { id: 'xa', name: 'Xã', parent: 'root' } },
    { kind: 'site', site: { id: 'dong', name: 'Đồng', organisation: 'xa' } },
    { kind: 'device', device: { id: 'a', name: 'Trạm A', site: 'dong', profile: 'p', tags: ['lua'] } },
    { kind: 'gateway', gateway: { id: 'b70000000000000a', name: 'Cổng 1', owner: 'xa', sharedWith: [] } },
    ...rules.map(rule => ({ kind: 'rule' as const, rule }))
  ])
}

const silent = (changes: Partial<HealthEvent> = {}): HealthEvent => ({
  ...{ id: '7-a', kind: 'device-silent', position: 7, device: 'a', gateway: undefined, metric: undefined },
  ...{ openedAt: 2000, since: 1000, endedAt: undefined, silentDevices: [], heardElsewhere: [], ...changes }
})

test('an event that a rule wants to know is an alarm until it ends, told once', () => {
  const registry = registryWith(
    silence('im'),
    silence('khac', { tags: ['khac'] }),
    silence('tat', {}, { isEnabled: false })
  )
  const alarms = new HealthAlarms()
  const raised = alarms.take([silent(), silent()], registry)
  expect(raised).toEqual([
    {
      event: 'device-silent',
      change: {
        ...{ kind: 'raised', alarm: '7~im~1~device~a', rule: 'im', version: 1, level: 1, position: 7, at: 1000 },
        ...{ subject: { kind: 'device', id: 'a' }, foundAt: 2000, readings: [], isRetrospective: false }
      }
    }
  ])
  // Two series of one device are stuck: as long as one is, the alarm stands.
  alarms.take([silent({ id: '8-a', position: 8 })], registry)
  expect(alarms.take([silent({ endedAt: 3000 })], registry)).toEqual([])
  expect(alarms.take([silent({ id: '8-a', position: 8, endedAt: 4000 })], registry)).toMatchObject([
    { change: { kind: 'cleared', alarm: '7~im~1~device~a', at: 4000 } }
  ])
})

test.each<[string, RuleScope, number]>([
  ['everything', {}, 1],
  ['its site', { sites: ['dong'] }, 1],
  ['its tag', { tags: ['x', 'lua'] }, 1],
  ['another profile', { profiles: ['q'] }, 0],
  ['another device at its site', { sites: ['dong'], devices: ['b'] }, 0]
])('a rule for %s is narrowed by its lists', (_, scope, count) => {
  expect(new HealthAlarms().take([silent()], registryWith(silence('im', scope)))).toHaveLength(count)
})

test('a gateway is watched by its owner, and hides the silence behind it', () => {
  const down = silent({
    id: '9',
    kind: 'gateway-down',
    device: undefined,
    gateway: 'b70000000000000a',
    silentDevices: ['a']
  })
  const registry = registryWith(silence('im'), silence('o', { sites: ['dong'] }))
  const alarms = new HealthAlarms()
  const changes = alarms.take([down], registry)
  expect(changes).toMatchObject([{ change: { level: 2, rule: 'im', subject: { kind: 'gateway' } } }])
  const [raised] = changes
  if (raised?.change.kind !== 'raised') throw new Error('raised')
  expect(namesOf({ ...raised.change, healthEvent: raised.event }, registry)).toMatchObject({
    ...{ organisation: 'xa', site: undefined, subjectName: 'Cổng 1', severity: 'critical', levelName: { vi: 'Cổng' } },
    healthEvent: 'gateway-down'
  })
  expect([...alarms.behindGateways]).toEqual([['a', 'b70000000000000a']])
  alarms.take([{ ...down, endedAt: 5000 }], registry)
  expect(alarms.behindGateways.size).toBe(0)
})

test('what was open before the start is cleared if its event is over, or its rule gone', () => {
  const open = {
    ...{ alarm: '3~im~1~device~a', rule: 'im', version: 1, subject: { kind: 'device', id: 'a' } as const },
    event: 'device-silent' as const
  }
  const moment = { position: 20, at: 9000 }
  const over = new HealthAlarms([open])
  expect(over.review(registryWith(silence('im')), moment)).toMatchObject([
    { change: { kind: 'cleared', alarm: open.alarm, position: 20, at: 9000 } }
  ])
  const going = new HealthAlarms([open])
  going.take([silent()], registryWith(silence('im')))
  expect(going.review(registryWith(silence('im')), moment)).toEqual([])
  expect(going.review(registryWith(), moment)).toHaveLength(1)
  // A rule that is made while it goes on tells of it.
  expect(going.review(registryWith(silence('moi')), moment)).toMatchObject([
    { change: { kind: 'raised', rule: 'moi' } }
  ])
})
