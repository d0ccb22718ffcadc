import { beforeEach, describe, expect, it } from 'vitest'
import { Sessions, defaultSessionLimits } from './sessions.ts'
import type { SessionLimits } from './sessions.ts'

let dropped: number
let now: number

beforeEach(() => {
  dropped = 0
  now = 0
})

function sessions(limits: Partial<SessionLimits> = {}): Sessions {
  return new Sessions({
    limits: { ...defaultSessionLimits, ...limits },
    clock: { monotonic: () => now },
    onDropped: () => dropped++
  })
}

function message(text: string, brokerCounter = 1) {
  return { cmd: 'publish', topic: 't', qos: 2, payload: Buffer.from(text), brokerId: 'sen', brokerCounter }
}

async function queued(of: Sessions, id: string): Promise<string[]> {
  const packets = (await of.outgoingStream({ id }).toArray()) as { readonly payload: Buffer }[]
  return packets.map(({ payload }) => payload.toString())
}

describe('what waits for clients', () => {
  it('is bounded for each by number and bytes, and in all; what comes on top is counted', async () => {
    const limited = sessions({ queuedMessages: 3, queuedBytes: 10, queuedBytesInAll: 12 })
    for (const id of ['a', 'b']) limited.resume(id, 'owner')
    for (const text of ['1', '2', '3', '4']) await limited.outgoingEnqueue({ clientId: 'a' }, message(text))
    expect([await queued(limited, 'a'), dropped]).toEqual([['1', '2', '3'], 1])
    await limited.outgoingEnqueue({ clientId: 'b' }, message('eleven char'))
    await limited.outgoingEnqueue({ clientId: 'b' }, message('nine char'))
    await limited.outgoingEnqueue({ clientId: 'b' }, message('!'))
    expect([await queued(limited, 'b'), dropped, limited.queuedBytes]).toEqual([['nine char'], 3, 12])
  })

  it('is bounded in all by number too, so that many small messages are no way around it', async () => {
    const limited = sessions({ queuedMessages: 2, queuedMessagesInAll: 3 })
    for (const id of ['a', 'b']) {
      limited.resume(id, 'owner')
      for (const [i, text] of ['1', '2'].entries()) await limited.outgoingEnqueue({ clientId: id }, message(text, i))
    }
    expect([await queued(limited, 'a'), await queued(limited, 'b'), dropped]).toEqual([['1', '2'], ['1'], 1])

    // What is acknowledged, and what ends with its session, makes room; a PUBREL in a message's place does not.
    await limited.outgoingUpdate({ id: 'a' }, { ...message('1', 0), messageId: 5 })
    await limited.outgoingUpdate({ id: 'a' }, { cmd: 'pubrel', messageId: 5 })
    await limited.outgoingEnqueue({ clientId: 'b' }, message('3'))
    expect(dropped).toBe(2)
    await limited.outgoingClearMessageId({ id: 'a' }, { cmd: 'pubcomp', messageId: 5 })
    await limited.outgoingEnqueue({ clientId: 'b' }, message('4'))
    await limited.cleanSubscriptions({ id: 'b' })
    limited.resume('c', 'owner')
    for (const text of ['5', '6']) await limited.outgoingEnqueue({ clientId: 'c' }, message(text))
    expect([await queued(limited, 'a'), await queued(limited, 'c'), dropped]).toEqual([['2'], ['5', '6'], 2])
  })

  it('is gone once acknowledged, and makes room', async () => {
    const limited = sessions({ queuedMessages: 1 })
    limited.resume('a', 'owner')
    await limited.outgoingEnqueue({ clientId: 'a' }, message('1', 7))
    await limited.outgoingUpdate({ id: 'a' }, { ...message('1', 7), messageId: 5 })
    await limited.outgoingClearMessageId({ id: 'a' }, { cmd: 'puback', messageId: 5 })
    await limited.outgoingEnqueue({ clientId: 'a' }, message('2', 8))
    expect([await queued(limited, 'a'), dropped, limited.queuedBytes]).toEqual([['2'], 0, 1])
  })

  it('does not keep alive the buffer that the payload was read into', async () => {
    const all = sessions()
    all.resume('a', 'owner')
    const read = Buffer.alloc(65_536, 'x')
    await all.outgoingEnqueue({ clientId: 'a' }, { ...message(''), payload: read.subarray(0, 10) })
    const [packet] = (await all.outgoingStream({ id: 'a' }).toArray()) as { readonly payload: Buffer }[]
    expect(packet?.payload.buffer).not.toBe(read.buffer)
  })
})

describe('sessions', () => {
  it('end when their client stays away too long, with all that is theirs', async () => {
    const all = sessions({ expiryMs: 1000 })
    all.resume('away', 'owner')
    all.resume('here', 'owner')
    all.subscribe('away', { topic: 't', qos: 1 })
    await all.outgoingEnqueue({ clientId: 'away' }, message('1'))
    all.leave('away')
    now = 1000
    expect(all.expire()).toBe(1)
    expect([all.has('away'), all.has('here'), all.isWanted('t'), all.queuedBytes]).toEqual([false, true, false, 0])
  })

  it('are so many for one credential: the one that has been away longest makes room, one that is here does not', () => {
    const all = sessions({ perCredential: 2 })
    all.resume('first', 'owner')
    all.resume('second', 'owner')
    expect(all.resume('third', 'owner')).toBe(undefined)
    all.leave('second')
    now = 5
    all.leave('first')
    expect(all.resume('third', 'owner')).toBeDefined()
    expect([all.has('first'), all.has('second'), all.has('third')]).toEqual([true, false, true])
    expect(all.resume('another’s', 'other')).toBeDefined()
  })

  it('end with their credential', () => {
    const all = sessions()
    all.resume('a', 'revoked')
    all.resume('b', 'other')
    all.endOf('revoked')
    expect([all.has('a'), all.has('b')]).toEqual([false, true])
  })

  it('remember QoS 2 packet ids over connections, until a clean one', async () => {
    const all = sessions()
    expect(all.resume('a', 'owner')?.arrive(7)).toBe('new')
    all.leave('a')
    expect(all.resume('a', 'owner')?.arrive(7)).toBe('being-kept')
    await all.cleanSubscriptions({ id: 'a' })
    expect(all.resume('a', 'owner')?.arrive(7)).toBe('new')
  })
})
