import { beforeEach, describe, expect, test } from 'vitest'
import type { HealthEvent } from '../../model/health.ts'
import type { HealthEventQuery, HealthStore } from './health-store.ts'

/** What every health store must do. */
export function healthContract(storeOf: () => HealthStore): void {
  describe('health', () => {
    let store: HealthStore
    beforeEach(() => {
      store = storeOf()
    })

    const event = (position: number, changes: Partial<HealthEvent> = {}): HealthEvent => ({
      ...{
        id: `${position}:silent`,
        kind: 'device-silent',
        position,
        device: 'a',
        gateway: undefined,
        metric: undefined
      },
      ...{ openedAt: 1000 + position, since: 900, endedAt: undefined, silentDevices: [], heardElsewhere: [] },
      ...changes
    })

    test('keeps events, replaces those that grow or end, and finds them', async () => {
      const down = event(2, { kind: 'gateway-down', device: undefined, gateway: 'g', silentDevices: ['a'] })
      await store.addEvents([event(1), down])
      const ended = { ...down, endedAt: 2000, silentDevices: ['a', 'b'], heardElsewhere: ['c'] }
      const other = event(3, { device: 'b', kind: 'value-stuck', metric: 'ph' })
      await store.addEvents([ended, other])
      expect(await store.events({ limit: 9 })).toEqual([other, ended, event(1)])
      const found = async (query: Partial<HealthEventQuery>) =>
        (await store.events({ limit: 9, ...query })).map(({ position }) => position)
      expect(await found({ device: 'b' })).toEqual([3])
      expect(await found({ gateway: 'g' })).toEqual([2])
      expect(await found({ kind: 'device-silent' })).toEqual([1])
      expect(await found({ isOpen: true })).toEqual([3, 1])
      expect(await found({ isOpen: false })).toEqual([2])
      expect(await found({ devices: ['a'], gateways: ['g', "o'b"] })).toEqual([2, 1])
      expect(await found({ devices: [] })).toEqual([])
      expect(await found({ limit: 1, after: other.id })).toEqual([2])
    })

    test('pages through events of one position', async () => {
      await store.addEvents([event(5, { id: '5:a' }), event(5, { id: '5:b' }), event(4, { id: '4:a' })])
      const first = await store.events({ limit: 1 })
      const rest = await store.events({ limit: 9, after: first[0]?.id })
      expect([...first, ...rest].map(({ id }) => id)).toEqual(['5:a', '5:b', '4:a'])
    })

    test('keeps states with the position that they stand for', async () => {
      expect(await store.kept()).toEqual({ states: [], position: 0 })
      await store.keep(
        [
          ['device:a', '{"n":1}'],
          ['device:__proto__', '{}']
        ],
        7
      )
      await store.keep([['device:a', '{"n":2}']], 9)
      const { states, position } = await store.kept()
      expect(position).toBe(9)
      expect(new Map(states)).toEqual(
        new Map([
          ['device:a', '{"n":2}'],
          ['device:__proto__', '{}']
        ])
      )
    })
  })
}
