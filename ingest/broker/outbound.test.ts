import { Duplex } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Outbound } from './outbound.ts'

/** A stream whose other side takes a write when it is told to. */
class Reader extends Duplex {
  readonly writes: Buffer[] = []
  #take: (() => void) | undefined

  override _read(): void {
    // Nothing comes.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.writes.push(chunk)
    this.#take = done
  }

  /** Whether there was something to take. */
  takeOne(): boolean {
    const take = this.#take
    this.#take = undefined
    take?.()
    return take !== undefined
  }
}

async function turn(): Promise<void> {
  await new Promise(resolve => setImmediate(resolve))
  await new Promise(resolve => setImmediate(resolve))
}

describe('what leaves by a connection', () => {
  it('is one write for all that one turn brings, acknowledgements in their order among the rest', async () => {
    const reader = new Reader()
    const outbound = new Outbound(reader, () => 0)
    for (let id = 1; id <= 100; id++) outbound.acknowledge(0x40, id)
    outbound.push(Buffer.from('other'))
    outbound.acknowledge(0x50, 0x1234)
    await turn()
    expect(reader.writes.length).toBe(1)
    const bytes = reader.writes[0] ?? Buffer.alloc(0)
    expect(Array.from({ length: 100 }, (_, i) => bytes.readUInt16BE(i * 4 + 2))).toEqual(
      Array.from({ length: 100 }, (_, i) => i + 1)
    )
    expect(bytes.subarray(400)).toEqual(Buffer.concat([Buffer.from('other'), Buffer.from([0x50, 2, 0x12, 0x34])]))
  })

  it('is everything that was pushed, in its order, in writes of at most 16 KiB', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(sizes, async lengths => {
        const reader = new Reader()
        const outbound = new Outbound(reader, () => 0)
        const pushed = lengths.map((length, i) => Buffer.alloc(length, i + 1))
        for (const bytes of pushed) outbound.push(bytes)
        do await turn()
        while (reader.takeOne())
        expect(Buffer.concat(reader.writes).equals(Buffer.concat(pushed))).toBe(true)
        expect(Math.max(...reader.writes.map(({ length }) => length))).toBeLessThanOrEqual(16 * 1024)
        expect(outbound.waitingBytes).toBe(0)
      }),
      { numRuns: 30 }
    )
  })

  it('says how long the other side has taken nothing', async () => {
    let now = 0
    const reader = new Reader()
    const outbound = new Outbound(reader, () => now)
    outbound.push(Buffer.alloc(20_000))
    await turn()
    now = 700
    expect(outbound.stalledMs).toBe(700)
    reader.takeOne()
    await turn()
    expect([outbound.stalledMs, outbound.waitingBytes]).toEqual([0, 0])
    reader.takeOne()
    await turn()
    now = 5000
    expect(outbound.stalledMs).toBe(0)
  })
})
