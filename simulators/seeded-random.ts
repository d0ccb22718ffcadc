/** What a random value depends on: the same keys in the same order give the same value, on every machine. */
export type Key = number | string

/** Final mix of MurmurHash3 (Austin Appleby, public domain): every input bit reaches every output bit. */
export function mix32(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/**
 * A whole number of 32 bits that depends on nothing but its keys: randomness without a state to carry, so any device's
 * value at any time can be computed alone. Numbers count with 53 bits (their fraction is cut off).
 */
export function hash32(...keys: readonly Key[]): number {
  let h = 0x9e3779b9
  for (const key of keys) {
    if (typeof key === 'string') {
      for (let i = 0; i < key.length; i++) h = Math.imul(h ^ key.charCodeAt(i), 0x01000193)
      h = mix32(h ^ key.length)
    } else {
      const whole = Math.floor(key)
      h = mix32(h ^ (whole | 0))
      h = mix32((h + 0x9e3779b9) ^ Math.floor(whole / 4_294_967_296))
    }
  }
  return h >>> 0
}

/** Uniform in [0, 1). */
export function uniform(...keys: readonly Key[]): number {
  return hash32(...keys) / 4_294_967_296
}

/** Uniform in [low, high). */
export function between(low: number, high: number, ...keys: readonly Key[]): number {
  return low + (high - low) * uniform(...keys)
}

/** Normal with mean 0 and standard deviation 1 (Box and Muller 1958). */
export function normal(...keys: readonly Key[]): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform(...keys, 'radius')))
  return radius * Math.cos(2 * Math.PI * uniform(...keys, 'angle'))
}

/** Lower-case hexadecimal, two digits a byte. */
export function hexBytes(count: number, ...keys: readonly Key[]): string {
  let text = ''
  for (let word = 0; text.length < count * 2; word++)
    text += hash32(...keys, word)
      .toString(16)
      .padStart(8, '0')
  return text.slice(0, count * 2)
}

/** A UUID of version 4's form (RFC 9562, clause 5.4), made from the keys. */
export function uuid(...keys: readonly Key[]): string {
  const hex = hexBytes(16, ...keys)
  const variant = '89ab'.charAt(hash32(...keys, 'variant') % 4)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
}

/** A copy in an order that depends on the keys. */
export function shuffled<T>(items: readonly T[], ...keys: readonly Key[]): T[] {
  return items
    .map((item, place) => ({ item, rank: uniform(...keys, place), place }))
    .sort((a, b) => a.rank - b.rank || a.place - b.place)
    .map(({ item }) => item)
}

/** A running sequence in [0, 1), for choices whose number is not known beforehand (mulberry32, Tommy Ettinger, CC0). */
export function sequence(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
