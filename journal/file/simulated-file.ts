import type { Random } from './seeded-random.ts'

/** What a disk writes whole or not at all. */
const sectorBytes = 512

type Change =
  | { readonly kind: 'write'; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly sizeBytes: number }

/** Contents of a simulated file: what running programs see, what is durable, and what lies between. */
export class SimulatedFile {
  #seen = new Contents()
  #durable = new Contents()
  #pending: Change[] = []

  /** @returns a file whose contents are synced. */
  static durable(contents: Uint8Array): SimulatedFile {
    const file = new SimulatedFile()
    file.write(contents, 0)
    file.sync()
    return file
  }

  get sizeBytes(): number {
    return this.#seen.sizeBytes
  }

  contents(): Uint8Array {
    return this.#seen.copy()
  }

  read(into: Uint8Array, offset: number): number {
    return this.#seen.read(into, offset)
  }

  write(bytes: Uint8Array, offset: number): void {
    const change: Change = { kind: 'write', offset, bytes: new Uint8Array(bytes) }
    this.#seen.apply(change)
    this.#pending.push(change)
  }

  truncate(sizeBytes: number): void {
    const change: Change = { kind: 'truncate', sizeBytes }
    this.#seen.apply(change)
    this.#pending.push(change)
  }

  sync(): void {
    for (const change of this.#pending) this.#durable.apply(change)
    this.#pending = []
  }

  /**
   * After a failed sync: what was written is seen until power is lost, and no later sync brings it to the disk. A size is
   * the file system's own and not forgotten.
   */
  forget(): void {
    this.#pending = this.#pending.filter(({ kind }) => kind === 'truncate')
  }

  /** @returns what the disk holds after the loss of power: everything synced and a random part of the rest. */
  afterCrash(random: Random): SimulatedFile {
    const left = new Contents()
    left.apply({ kind: 'write', offset: 0, bytes: this.#durable.copy() })
    for (const change of this.#pending) applyPartly(left, change, random)
    // The size is kept apart from the contents: it may arrive without them, or not at all.
    if (this.#pending.length > 0 && random() < 0.5) left.resize(this.#sizeAfterCrash(random), random)
    return SimulatedFile.durable(left.copy())
  }

  #sizeAfterCrash(random: Random): number {
    const [low, high] = [this.#durable.sizeBytes, this.#seen.sizeBytes].toSorted((one, other) => one - other)
    return (low ?? 0) + Math.floor(random() * ((high ?? 0) - (low ?? 0) + 1))
  }
}

function applyPartly(contents: Contents, change: Change, random: Random): void {
  if (change.kind === 'truncate') {
    if (random() < 0.5) contents.apply(change)
    return
  }
  // Most crashes leave nearly all or nearly nothing; the middle is as likely as either.
  const share = [0.05, 0.5, 0.95][Math.floor(random() * 3)] ?? 0.5
  const end = change.offset + change.bytes.length
  for (let start = change.offset; start < end;) {
    const next = Math.min(end, (Math.floor(start / sectorBytes) + 1) * sectorBytes)
    const bytes = change.bytes.subarray(start - change.offset, next - change.offset)
    if (random() < share) contents.write(bytes, start, random)
    start = next
  }
}

/** Bytes that grow in place. */
class Contents {
  #bytes = new Uint8Array(0)
  sizeBytes = 0

  copy(): Uint8Array {
    return this.#bytes.slice(0, this.sizeBytes)
  }

  read(into: Uint8Array, offset: number): number {
    const part = this.#bytes.subarray(offset, Math.min(this.sizeBytes, offset + into.length))
    into.set(part)
    return part.length
  }

  apply(change: Change): void {
    if (change.kind === 'truncate') this.resize(change.sizeBytes)
    else this.write(change.bytes, change.offset)
  }

  write(bytes: Uint8Array, offset: number, random?: Random): void {
    if (offset > this.sizeBytes) this.resize(offset, random)
    this.#reserve(offset + bytes.length)
    this.#bytes.set(bytes, offset)
    this.sizeBytes = Math.max(this.sizeBytes, offset + bytes.length)
  }

  /** New bytes are zeros, or with `random` now and then the garbage of other files. */
  resize(sizeBytes: number, random?: Random): void {
    this.#reserve(sizeBytes)
    const isGarbage = random !== undefined && random() < 0.25
    for (let at = this.sizeBytes; at < sizeBytes; at += 1) this.#bytes[at] = isGarbage ? Math.floor(random() * 256) : 0
    this.sizeBytes = sizeBytes
  }

  #reserve(sizeBytes: number): void {
    if (sizeBytes <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(4096, sizeBytes, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, this.sizeBytes))
    this.#bytes = grown
  }
}
