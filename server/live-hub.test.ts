import { describe, expect, it } from 'vitest'
import { LiveHub } from './live-hub.ts'
import type { LiveEvent } from './live-hub.ts'

const event: LiveEvent = { kind: 'registry' }

describe('LiveHub', () => {
  it('gives every event to everybody who listens then', () => {
    const hub = new LiveHub(() => undefined)
    const [one, other]: LiveEvent[][] = [[], []]
    hub.publish(event)
    hub.listen(next => one?.push(next))
    hub.publish(event)
    const end = hub.listen(next => other?.push(next))
    hub.publish(event)
    end()
    hub.publish(event)
    expect([one?.length, other?.length, hub.size]).toEqual([3, 1, 1])
  })

  it('tells the store of the first listener and of the end of the last, once each', () => {
    const told: boolean[] = []
    const hub = new LiveHub(isAnybody => told.push(isAnybody))
    const endOne = hub.listen(() => undefined)
    const endOther = hub.listen(() => undefined)
    endOne()
    endOne()
    expect(told).toEqual([true])
    endOther()
    endOther()
    expect(told).toEqual([true, false])
    hub.listen(() => undefined)
    expect(told).toEqual([true, false, true])
  })

  it('lets a listener end while events are given out', () => {
    const hub = new LiveHub(() => undefined)
    let count = 0
    const end = hub.listen(() => {
      count++
      end()
    })
    hub.publish(event)
    hub.publish(event)
    expect(count).toBe(1)
  })
})
