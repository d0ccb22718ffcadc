import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LedgerWriter, readLedger } from './ledger.ts'
import type { LedgerHead } from './ledger.ts'

const head: LedgerHead = {
  format: 'sen-load-ledger-1',
  runId: 'r',
  devices: 4,
  sites: 2,
  seed: 1,
  qos: 1,
  startedAt: 1_795_399_000_000
}
let folder: string
let count = 0
const newPath = (): string => join(folder, `ledger-${count++}`)

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sen-ledger-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('the ledger', () => {
  test('gives back what was recorded, for any number of messages', () => {
    const runs = fc.array(fc.record({ d: fc.nat(3), gapMs: fc.integer({ min: 1, max: 1e6 }), isAcked: fc.boolean() }), {
      maxLength: 300
    })
    fc.assert(
      fc.property(runs, messages => {
        const path = newPath()
        const writer = new LedgerWriter(path, head)
        const sent: { readonly ts: number; readonly isAcked: boolean }[][] = [[], [], [], []]
        let ts = head.startedAt
        for (const { d, gapMs, isAcked } of messages) {
          ts += gapMs
          const device = sent[d] ?? []
          device.push({ ts, isAcked })
          writer.sent(d, device.length, ts)
          if (isAcked) writer.acknowledged(d, device.length, ts + 3)
        }
        writer.close()
        const ledger = readLedger(path)
        expect(ledger.head).toEqual(head)
        expect(ledger.sent).toBe(messages.length)
        expect(ledger.acknowledged).toBe(messages.filter(({ isAcked }) => isAcked).length)
        for (const [d, device] of sent.entries()) {
          const read = ledger.devices[d]
          expect(read?.count).toBe(device.length)
          device.forEach((message, i) => {
            expect(read?.ts(i + 1)).toBe(message.ts)
            expect(read?.isAcknowledged(i + 1)).toBe(message.isAcked)
            expect(read?.at(message.ts)).toBe(i + 1)
          })
          expect(read?.at(head.startedAt)).toBeUndefined()
        }
      }),
      { seed: 1, numRuns: 50 }
    )
  })

  test('holds more than its buffer, and counts an acknowledgement once', () => {
    const path = newPath()
    const writer = new LedgerWriter(path, head)
    for (let n = 1; n <= 20_000; n++) writer.sent(3, n, head.startedAt + n)
    for (let twice = 0; twice < 2; twice++)
      for (let n = 1; n <= 20_000; n += 2) writer.acknowledged(3, n, head.startedAt)
    writer.close()
    const ledger = readLedger(path)
    expect([ledger.sent, ledger.acknowledged]).toEqual([20_000, 10_000])
  })

  test('leaves out a record that was cut off', async () => {
    const path = newPath()
    const writer = new LedgerWriter(path, head)
    writer.sent(0, 1, head.startedAt)
    writer.close()
    await appendFile(path, Buffer.alloc(7, 1))
    expect(readLedger(path).sent).toBe(1)
  })

  test('is never overwritten', () => {
    const path = newPath()
    new LedgerWriter(path, head).close()
    expect(() => new LedgerWriter(path, head)).toThrow(expect.objectContaining({ code: 'SEN_CONFLICT' }))
  })

  test.each([
    ['another file', async (path: string) => writeFile(path, 'hello')],
    ['an empty file', async (path: string) => writeFile(path, '')],
    [
      'a gap in the numbers of a device',
      async (path: string) => {
        const writer = new LedgerWriter(path, head)
        writer.sent(0, 1, head.startedAt)
        writer.close()
        const bytes = await readFile(path)
        bytes[bytes.length - 8] = 9
        await writeFile(path, bytes)
      }
    ]
  ])('is refused if it is %s', async (_, make) => {
    const path = newPath()
    await make(path)
    expect(() => readLedger(path)).toThrow(expect.objectContaining({ code: 'SEN_INPUT_INVALID' }))
  })
})
