import { describe, expect, it } from 'vitest'
import type { JournalBatch, StoredRecord } from '../../journal/journal.ts'
import { paced } from './paced.ts'

/** So long that a test which waited for it would not end. */
const forEverMs = 2 ** 30

function batchOf(...bodies: readonly number[]): JournalBatch {
  const records = bodies.map((bytes, i): StoredRecord => ({
    kind: 'batch',
    receivedAt: 0,
    position: i + 1,
    body: new Uint8Array(bytes)
  }))
  return { records, damage: undefined }
}

async function* given(batches: readonly JournalBatch[]): AsyncGenerator<JournalBatch> {
  yield* batches
}

describe('paced', () => {
  it('gives every batch, in order', async () => {
    const batches = [batchOf(1), batchOf(), batchOf(2, 3)]
    const { signal } = new AbortController()
    expect(await Array.fromAsync(paced(given(batches), { intervalMs: 0, enoughBytes: 10 }, signal))).toEqual(batches)
  })

  it('asks for the next at once after a batch that was large enough', async () => {
    const batches = [batchOf(10), batchOf(5, 5), batchOf(11)]
    const pace = { intervalMs: forEverMs, enoughBytes: 10 }
    expect(await Array.fromAsync(paced(given(batches), pace, new AbortController().signal))).toHaveLength(3)
  })

  it('waits after a small one, and ends the waiting when it is told to end', async () => {
    const ending = new AbortController()
    let asked = 0
    async function* source(): AsyncGenerator<JournalBatch> {
      while (!ending.signal.aborted) {
        asked++
        yield batchOf(9)
      }
    }
    const iterator = paced(source(), { intervalMs: forEverMs, enoughBytes: 10 }, ending.signal)
    await iterator.next()
    const next = iterator.next()
    await new Promise(setImmediate)
    expect(asked).toBe(1)
    ending.abort()
    expect((await next).done).toBe(true)
    expect(asked).toBe(1)
  })

  it('counts payloads and bodies; ticks and controls weigh nothing', async () => {
    const message = {
      kind: 'message',
      door: 'mqtt',
      credential: 'c',
      topic: 't',
      payload: new Uint8Array(6),
      receivedAt: 0,
      qos: 0,
      dup: false,
      retain: false,
      clientId: 'c',
      connection: 1,
      packetId: 0,
      position: 1
    } as const
    const tick = { kind: 'tick', receivedAt: 0, position: 2 } as const
    const records = [message, tick, { ...message, position: 3 }]
    const batches = [{ records, damage: undefined }, batchOf(1)]
    const iterator = paced(given(batches), { intervalMs: forEverMs, enoughBytes: 12 }, new AbortController().signal)
    await iterator.next()
    expect((await iterator.next()).value).toBe(batches[1])
  })

  it('passes on what the log throws', async () => {
    async function* broken(): AsyncGenerator<JournalBatch> {
      yield batchOf(10)
      throw new Error('torn')
    }
    const pace = { intervalMs: 0, enoughBytes: 10 }
    await expect(Array.fromAsync(paced(broken(), pace, new AbortController().signal))).rejects.toThrow('torn')
  })
})
