import { expect, it, vi } from 'vitest'
import { untilDone } from './until-done.ts'

it('gives what the work gives, and speaks of no trouble', async () => {
  const onTrouble = vi.fn()
  const { signal } = new AbortController()
  expect(await untilDone(async () => Promise.resolve(7), { signal, onTrouble })).toBe(7)
  expect(onTrouble).not.toHaveBeenCalled()
})

it('tells of a failure, and ends without a result when it is told to stop', async () => {
  const stopping = new AbortController()
  const failure = new Error('no room')
  const told: unknown[] = []
  const result = untilDone(async () => Promise.reject(failure), {
    signal: stopping.signal,
    onTrouble: cause => {
      told.push(cause)
      stopping.abort()
    }
  })
  expect(await result).toBeUndefined()
  expect(told).toEqual([failure])
})
