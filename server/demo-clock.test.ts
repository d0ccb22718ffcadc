import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { demoClock } from './demo-clock.ts'

const at = Date.parse('2026-11-22T00:00:00Z')
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sen-clock-'))
  vi.useFakeTimers({ toFake: ['Date'], now: at })
})

afterEach(() => {
  vi.useRealTimers()
  rmSync(folder, { recursive: true })
})

describe('the demo’s clock', () => {
  it('is the machine’s own at speed 1, and leaves nothing behind', () => {
    expect(demoClock(folder, 1)).toBeUndefined()
    expect(readdirSync(folder)).toEqual([])
  })

  it('begins with the machine’s time', () => {
    expect(demoClock(folder, 60)).toEqual({ at, now: at, speed: 60 })
  })

  it('goes on at the second start as if it had never stood, then at the new speed', () => {
    demoClock(folder, 60)
    vi.advanceTimersByTime(1000)
    expect(demoClock(folder, 10)).toEqual({ at: at + 1000, now: at + 60_000, speed: 10 })
    vi.advanceTimersByTime(1000)
    expect(demoClock(folder, 10)).toEqual({ at: at + 2000, now: at + 70_000, speed: 10 })
  })

  it('stays ahead of the machine when the demo goes on at speed 1', () => {
    demoClock(folder, 60)
    vi.advanceTimersByTime(1000)
    expect(demoClock(folder, 1)).toEqual({ at: at + 1000, now: at + 60_000, speed: 1 })
  })

  it('catches up with the machine after a slow demo', () => {
    demoClock(folder, 0.5)
    vi.advanceTimersByTime(1000)
    expect(demoClock(folder, 0.5)).toEqual({ at: at + 1000, now: at + 1000, speed: 0.5 })
  })
})
