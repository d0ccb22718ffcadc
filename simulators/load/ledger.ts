import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { SenError } from '../../model/errors.ts'

/** What a ledger is about: enough to recompute every message of the run. */
export interface LedgerHead {
  readonly format: 'sen-load-ledger-1'
  readonly runId: string
  readonly devices: number
  readonly sites: number
  readonly seed: number
  readonly qos: 0 | 1
  /** ms since the epoch, UTC: times in the records count from here. */
  readonly startedAt: number
}

/*
 * The file: one line of JSON (the head), then records of 12 bytes, little-endian:
 *   u32 device d, highest bit set for an acknowledgement | u32 n | u32 ms since startedAt (ts of the message; time of the PUBACK)
 */
const recordBytes = 12
const ackBit = 0x8000_0000
const bufferBytes = recordBytes * 8_192

/**
 * Records what was sent and what was acknowledged, in a file of the load generator's own. `flush` before a message leaves
 * the process, and the ledger holds everything a server can have seen, even if the generator is killed.
 */
export class LedgerWriter {
  readonly #file: number
  readonly #startedAt: number
  readonly #buffer = Buffer.alloc(bufferBytes)
  #used = 0

  /** @throws SenError SEN_CONFLICT if the file exists: a ledger belongs to one run. */
  constructor(path: string, head: LedgerHead) {
    this.#startedAt = head.startedAt
    try {
      this.#file = openSync(path, 'wx')
    } catch (cause) {
      throw new SenError('SEN_CONFLICT', `create ledger ${path}: ${cause instanceof Error ? cause.message : cause}`, {
        cause,
        hint: 'Name a file that does not exist yet.'
      })
    }
    writeSync(this.#file, `${JSON.stringify(head)}\n`)
  }

  /** @param ts - the message's own time, ms since the epoch. */
  sent(d: number, n: number, ts: number): void {
    this.#add(d, n, ts - this.#startedAt)
  }

  /** @param at - when the PUBACK came, ms since the epoch. */
  acknowledged(d: number, n: number, at: number): void {
    this.#add(d | ackBit, n, at - this.#startedAt)
  }

  /** Hands everything recorded to the operating system. */
  flush(): void {
    if (this.#used === 0) return
    writeSync(this.#file, this.#buffer, 0, this.#used)
    this.#used = 0
  }

  close(): void {
    this.flush()
    closeSync(this.#file)
  }

  #add(device: number, n: number, ms: number): void {
    if (this.#used === bufferBytes) this.flush()
    writeUint32(this.#buffer, this.#used, device)
    writeUint32(this.#buffer, this.#used + 4, n)
    writeUint32(this.#buffer, this.#used + 8, ms)
    this.#used += recordBytes
  }
}

/** `Buffer.writeUInt32LE` without its checks: this runs twice a message. */
function writeUint32(into: Buffer, at: number, value: number): void {
  into[at] = value
  into[at + 1] = value >>> 8
  into[at + 2] = value >>> 16
  into[at + 3] = value >>> 24
}

/** The messages of one device: `n` runs from 1 to `count` without a gap. */
export class DeviceLedger {
  count = 0
  acknowledged = 0
  readonly #startedAt: number
  #ms = new Uint32Array(16)
  #acks = new Uint8Array(16)

  constructor(startedAt: number) {
    this.#startedAt = startedAt
  }

  /** Messages come in the order of their `n`. */
  addSent(n: number, ms: number): void {
    if (n !== this.count + 1) throw new RangeError(`read ledger: message ${n} follows ${this.count}`)
    if (n >= this.#ms.length) this.#grow()
    this.#ms[n] = ms
    this.count = n
  }

  addAcknowledged(n: number): void {
    if (n < 1 || n > this.count) throw new RangeError(`read ledger: message ${n} of ${this.count} is acknowledged`)
    if (this.#acks[n] === 0) this.acknowledged++
    this.#acks[n] = 1
  }

  isAcknowledged(n: number): boolean {
    return this.#acks[n] === 1
  }

  /** The message's own time, ms since the epoch. */
  ts(n: number): number {
    return this.#startedAt + (this.#ms[n] ?? 0)
  }

  /** The message sent with exactly this time, or `undefined`: times only grow within a device. */
  at(ts: number): number | undefined {
    let low = 1
    let high = this.count
    while (low <= high) {
      const middle = (low + high) >>> 1
      const found = this.ts(middle)
      if (found === ts) return middle
      if (found < ts) low = middle + 1
      else high = middle - 1
    }
    return undefined
  }

  #grow(): void {
    const ms = new Uint32Array(this.#ms.length * 2)
    ms.set(this.#ms)
    this.#ms = ms
    const acks = new Uint8Array(ms.length)
    acks.set(this.#acks)
    this.#acks = acks
  }
}

export interface Ledger {
  readonly head: LedgerHead
  /** By device number `d`. */
  readonly devices: readonly DeviceLedger[]
  readonly sent: number
  readonly acknowledged: number
}

/**
 * Reads a whole ledger; about 5 bytes of memory a message. An unfinished last record (a killed generator) is left out.
 *
 * @throws SenError SEN_INPUT_INVALID if the file is no ledger or contradicts itself.
 */
export function readLedger(path: string): Ledger {
  const file = openSync(path, 'r')
  try {
    const { head, bodyAt } = readHead(path, file)
    const devices = Array.from({ length: head.devices }, () => new DeviceLedger(head.startedAt))
    for (const [device, n, ms] of records(file, bodyAt)) {
      const entry = devices[device & ~ackBit]
      if (entry === undefined) throw new RangeError(`read ledger: device ${device & ~ackBit} of ${head.devices}`)
      if (device >= ackBit) entry.addAcknowledged(n)
      else entry.addSent(n, ms)
    }
    const sum = (count: (each: DeviceLedger) => number): number => devices.reduce((all, each) => all + count(each), 0)
    return { head, devices, sent: sum(each => each.count), acknowledged: sum(each => each.acknowledged) }
  } catch (cause) {
    if (cause instanceof SenError) throw cause
    throw new SenError('SEN_INPUT_INVALID', `read ledger ${path}: ${cause instanceof Error ? cause.message : cause}`, {
      cause
    })
  } finally {
    closeSync(file)
  }
}

function readHead(path: string, file: number): { readonly head: LedgerHead; readonly bodyAt: number } {
  const start = Buffer.alloc(4_096)
  const text = start.toString('utf8', 0, readSync(file, start, 0, start.length, 0))
  const end = text.indexOf('\n')
  const head: LedgerHead = JSON.parse(text.slice(0, Math.max(0, end)))
  if (head.format !== 'sen-load-ledger-1')
    throw new SenError('SEN_INPUT_INVALID', `read ledger ${path}: format is ${JSON.stringify(head.format)}`)
  return { head, bodyAt: Buffer.byteLength(text.slice(0, end + 1)) }
}

function* records(file: number, bodyAt: number): Generator<readonly [device: number, n: number, ms: number]> {
  const bytes = Buffer.alloc(bufferBytes)
  for (let at = bodyAt; ;) {
    const read = readSync(file, bytes, 0, bytes.length, at)
    const whole = read - (read % recordBytes)
    for (let i = 0; i < whole; i += recordBytes)
      yield [bytes.readUInt32LE(i), bytes.readUInt32LE(i + 4), bytes.readUInt32LE(i + 8)]
    if (whole === 0) return
    at += whole
  }
}
