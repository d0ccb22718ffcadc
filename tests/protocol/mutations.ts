import { sequence, hash32 } from '../../simulators/seeded-random.ts'
import {
  connect,
  disconnect,
  field,
  packet,
  pingreq,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  subscribe,
  uint16,
  unsubscribe
} from './packets.ts'

export interface Login {
  readonly username: string
  readonly password: string
}

/** Where in a run a session stands: the same place gives the same bytes. */
export interface Place {
  readonly seed: number
  readonly attacker: number
  readonly round: number
}

type Random = () => number

const odd = [0, 1, 2, 0x7f, 0x80, 0xc0, 0xed, 0xfe, 0xff]

/** A session that would be right, if it had not been tampered with here and there, in the pieces in which it is written. */
export function mutatedSession(login: Login, { seed, attacker, round }: Place): Buffer[] {
  const random = sequence(hash32(seed, attacker, round))
  const [first = Buffer.alloc(0), ...others] = session(login, random)
  // Mostly a CONNECT that is accepted: behind it there is more to break.
  const packets = [chance(random, 0.15) ? mutated(first, random) : first]
  for (const one of others) packets.push(chance(random, 0.4) ? mutated(one, random) : one)
  return cut(Buffer.concat(packets), random)
}

/** What every broker is sent one day. */
export function special(login: Login): Buffer[][] {
  const hello = connect({ ...login, clientId: 'special' })
  const topic = field('site/s/d/telemetry')
  const afterConnect = [
    packet(0x36, topic, uint16(1), Buffer.from('qos 3')),
    packet(0x00),
    packet(0xf0),
    hello,
    Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01]),
    packet(0x30, uint16(60_000), Buffer.from('short')),
    publish({ topic: 'site/s/d/telemetry', qos: 1, id: 0 }),
    publish({ topic: 'site/s/d/telemetry', qos: 2, id: 0 }),
    subscribe(0, ['site/s/d/#', 0]),
    subscribe(1),
    unsubscribe(1),
    packet(0x82),
    packet(0x62),
    Buffer.alloc(1000, 0xff),
    Buffer.alloc(1000)
  ]
  const beforeConnect = [
    publish({ topic: 'site/s/d/telemetry', payload: 'early' }),
    pingreq,
    disconnect,
    // The beginning of a TLS 1.2 ClientHello.
    Buffer.from('16030100c8010000c40303', 'hex'),
    Buffer.from('GET / HTTP/1.1\r\nHost: sen\r\n\r\n'),
    Buffer.from('\r\n'),
    Buffer.alloc(0)
  ]
  return [...afterConnect.map(bytes => [hello, bytes]), ...beforeConnect.map(bytes => [bytes])]
}

function session(login: Login, random: Random): Buffer[] {
  const topic = pick(['site/s/d/telemetry', 'site/s/d/status', 'site/s/d/command/reply'], random)
  const id = 1 + Math.floor(random() * 5)
  const possible = [
    () => publish({ topic, payload: '{"seq":1}', qos: 0 }),
    () => publish({ topic, payload: '{"seq":2}', qos: 1, id, isDup: chance(random, 0.3) }),
    () =>
      publish({ topic, payload: 'x'.repeat(Math.floor(random() * 3000)), qos: 2, id, isRetained: chance(random, 0.3) }),
    () => pubrel(id),
    () => puback(id),
    () => pubrec(id),
    () => pubcomp(id),
    () => subscribe(id, ['site/s/d/#', Math.floor(random() * 3)], ['site/s/d/+', 1]),
    () => unsubscribe(id, 'site/s/d/#'),
    () => pingreq,
    () => disconnect
  ]
  const hello = connect({
    ...login,
    clientId: `fuzz-${Math.floor(random() * 20)}`,
    isClean: chance(random, 0.5),
    keepAlive: 30,
    ...(chance(random, 0.5) ? { will: { topic, payload: 'gone', qos: Math.floor(random() * 3) } } : {})
  })
  return [hello, ...Array.from({ length: 2 + Math.floor(random() * 8) }, () => pick(possible, random)())]
}

function mutated(bytes: Buffer, random: Random): Buffer {
  const at = Math.floor(random() * bytes.length)
  const to = Math.min(bytes.length, at + 1 + Math.floor(random() * 8))
  const changed = Buffer.from(bytes)
  switch (Math.floor(random() * 8)) {
    case 0:
      changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(random() * 8))
      return changed
    case 1:
      changed[at] = pick(odd, random)
      return changed
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)])
    case 3:
      return Buffer.concat([bytes.subarray(0, at), noise(1 + Math.floor(random() * 16), random), bytes.subarray(at)])
    case 4:
      return bytes.subarray(0, at)
    case 5:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)])
    case 6:
      // The type and flags, or the Remaining Length.
      changed[Math.floor(random() * 2)] = Math.floor(random() * 256)
      return changed
    default:
      return noise(1 + Math.floor(random() * 64), random)
  }
}

function cut(bytes: Buffer, random: Random): Buffer[] {
  const pieces: Buffer[] = []
  const largest = pick([1 + Math.floor(random() * 40), bytes.length], random)
  for (let at = 0; at < bytes.length;) {
    const to = at + 1 + Math.floor(random() * largest)
    pieces.push(bytes.subarray(at, to))
    at = to
  }
  return pieces
}

function noise(length: number, random: Random): Buffer {
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)))
}

function chance(random: Random, probability: number): boolean {
  return random() < probability
}

function pick<T>(items: readonly T[], random: Random): T {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new RangeError('pick: nothing to choose from')
  return item
}
