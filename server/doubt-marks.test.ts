import { expect, it } from 'vitest'
import { silentLog } from '../model/log.ts'
import type { DeviceHealth } from '../model/health.ts'
import { RegistrySnapshot } from '../model/registry-snapshot.ts'
import type { RegistryChange } from '../model/registry.ts'
import { HealthFold } from '../devices/health/health-fold.ts'
import { DoubtMarks } from './doubt-marks.ts'

const province: readonly RegistryChange[] = [
  { kind: 'organisation', organisation: { id: 'root', name: 'root' } },
  { kind: 'site', site: { id: 's', name: 's', organisation: 'root' } },
  { kind: 'device', device: { id: 'd', name: 'd', site: 's', profile: 'json-weather' } }
]

it('what health doubts is changed once in the log, and only where it is not marked already', async () => {
  const registry = new RegistrySnapshot(province)
  const made: RegistryChange[] = []
  const change = async (changes: readonly RegistryChange[]) => {
    for (const one of changes) {
      made.push(one)
      registry.apply(one)
    }
  }
  const fold = new HealthFold({ registry, profiles: new Map(), metrics: new Map(), seriesOf: () => undefined })
  const health = (doubts: DeviceHealth['doubts']): DeviceHealth[] => {
    const known = fold.book.device('d')
    return known ? [{ ...known, doubts }] : []
  }
  const marks = new DoubtMarks({ administration: { change }, registry, log: silentLog })
  const stuck = { metric: 'ph', kind: 'stuck', since: 1 } as const
  marks.take(health([stuck]))
  expect(made).toEqual([])
  marks.start()
  await expect.poll(() => made.length).toBe(1)
  marks.take(health([stuck, { ...stuck, kind: 'spiking' }]))
  marks.take(health([]))
  await expect.poll(() => made.length).toBe(2)
  expect(made).toEqual([
    { kind: 'doubts', device: 'd', metrics: ['ph'] },
    { kind: 'doubts', device: 'd', metrics: [] }
  ])
  expect(registry.doubts.size).toBe(0)
})
