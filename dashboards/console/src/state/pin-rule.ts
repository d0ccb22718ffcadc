export const pinLength = 6

export type PinFault = 'length' | 'guessable'

/**
 * Refuses what is tried first: one digit (000000), runs up or down (123456, 098765), and repeated pairs or triples
 * (121212, 123123).
 *
 * @returns what is wrong with it, `undefined` if nothing.
 */
export function pinFault(pin: string): PinFault | undefined {
  if (!/^\d{6}$/.test(pin)) return 'length'
  const digits = [...pin].map(Number)
  const step = (digits[1]! - digits[0]! + 10) % 10
  const isRun =
    [0, 1, 9].includes(step) && digits.every((digit, i) => i === 0 || (digits[i - 1]! + step) % 10 === digit)
  const isRepeated = [2, 3].some(period => digits.every((digit, i) => digit === digits[i % period]))
  return isRun || isRepeated ? 'guessable' : undefined
}
