import type { Duplex } from 'node:stream'

/** Handed to the operating system at once; so small that a bad link takes one within the patience for it. */
const writeBytes = 16 * 1024
/** As many acknowledgements as a connection may owe at once. */
const acksAtOnce = 64
const noBytes = Buffer.alloc(0)

/** Those with something to write; flushed together at the end of the event loop's turn. */
let due: Outbound[] = []

function flushDue(): void {
  const flushed = due
  due = []
  for (const outbound of flushed) outbound.flush()
}

/**
 * What leaves by one connection. All that one turn of the event loop brings is one write, and a write waits for the one
 * before it; whoever pushes never waits, so that one reader who has stopped holds up nobody else.
 */
export class Outbound {
  readonly #write: (bytes: Uint8Array, done: (error?: Error | null) => void) => void
  readonly #monotonic: () => number
  #chunks: Uint8Array[] = []
  /** The chunk that leaves next; those before it have left. */
  #next = 0
  /** Acknowledgements, four bytes each, that follow the last chunk. */
  #acks = noBytes
  #ackBytes = 0
  #waitingBytes = 0
  #isDue = false
  #isWriting = false
  #isDropped = false
  #writingSince = 0
  #onEmpty: (() => void) | undefined

  /** @param monotonic - gives ms that never run back. */
  constructor(stream: Duplex, monotonic: () => number) {
    const write = stream.write.bind(stream)
    this.#write = (bytes, done) => write(bytes, done)
    this.#monotonic = monotonic
  }

  /** Bytes that the operating system has not been handed. */
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  /** How long the other side has taken nothing, ms; 0 while it does. */
  get stalledMs(): number {
    return this.#isWriting ? this.#monotonic() - this.#writingSince : 0
  }

  push(bytes: Uint8Array): void {
    if (this.#isDropped) return
    this.#sealAcks()
    this.#chunks.push(bytes)
    this.#wait(bytes.length)
  }

  /** Sends PUBACK, PUBREC or PUBCOMP. */
  acknowledge(first: number, packetId: number): void {
    if (this.#isDropped) return
    if (this.#ackBytes === this.#acks.length) {
      this.#sealAcks()
      this.#acks = Buffer.allocUnsafe(acksAtOnce * 4)
    }
    const at = this.#ackBytes
    this.#acks[at] = first
    this.#acks[at + 1] = 2
    this.#acks[at + 2] = packetId >> 8
    this.#acks[at + 3] = packetId & 255
    this.#ackBytes = at + 4
    this.#wait(4)
  }

  /** Calls back once when everything pushed has been handed over, or dropped. */
  whenEmpty(callback: () => void): void {
    if (this.#waitingBytes === 0 && !this.#isWriting) callback()
    else this.#onEmpty = callback
  }

  /** Nobody will take it any more. */
  drop(): void {
    this.#isDropped = true
    this.#chunks = []
    this.#next = 0
    this.#ackBytes = 0
    this.#waitingBytes = 0
    this.#isWriting = false
    this.#emptied()
  }

  flush(): void {
    this.#isDue = false
    if (this.#waitingBytes === 0) {
      this.#emptied()
      return
    }
    const bytes = this.#take()
    this.#waitingBytes -= bytes.length
    this.#isWriting = true
    this.#writingSince = this.#monotonic()
    this.#write(bytes, this.#written)
  }

  readonly #written = (error?: Error | null): void => {
    if (this.#isDropped) return
    this.#isWriting = false
    if (error) this.drop()
    else this.flush()
  }

  #emptied(): void {
    const callback = this.#onEmpty
    this.#onEmpty = undefined
    callback?.()
  }

  #sealAcks(): void {
    if (this.#ackBytes === 0) return
    this.#chunks.push(this.#acks.subarray(0, this.#ackBytes))
    this.#acks = this.#acks.subarray(this.#ackBytes)
    this.#ackBytes = 0
  }

  #wait(bytes: number): void {
    this.#waitingBytes += bytes
    if (this.#isDue || this.#isWriting) return
    this.#isDue = true
    if (due.push(this) === 1) setImmediate(flushDue)
  }

  #take(): Uint8Array {
    this.#sealAcks()
    const begin = this.#next
    let bytes = 0
    while (this.#next < this.#chunks.length && bytes < writeBytes) bytes += this.#chunks[this.#next++]?.length ?? 0
    const chunks = this.#chunks.slice(begin, this.#next)
    const all = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
    if (all.length > writeBytes) {
      this.#next--
      this.#chunks[this.#next] = all.subarray(writeBytes)
    } else if (this.#next === this.#chunks.length) {
      this.#chunks = []
      this.#next = 0
    }
    return all.subarray(0, writeBytes)
  }
}
