/** Least length with a second factor. Source: TCVN 14423:2026, 5.6.2.2 b. */
export const shortestWithFactor = 8
/** Least length without, together with all four kinds of characters. Source: the same clause. */
export const shortestAlone = 14

export interface PasswordCheck {
  readonly isLongEnough: boolean
  readonly kinds: Readonly<Record<'lower' | 'upper' | 'digit' | 'sign', boolean>>
  /** `weak` is refused, `with-factor` will do beside a second factor, `strong` will do alone. */
  readonly strength: 'weak' | 'with-factor' | 'strong'
}

/** Length counts characters as people see them typed, not bytes. */
export function checkPassword(password: string): PasswordCheck {
  const length = [...password].length
  const kinds = {
    lower: /\p{Ll}/u.test(password),
    upper: /\p{Lu}/u.test(password),
    digit: /\p{Nd}/u.test(password),
    sign: /[^\p{L}\p{Nd}]/u.test(password)
  }
  const isLongEnough = length >= shortestAlone
  const isStrong = isLongEnough && Object.values(kinds).every(Boolean)
  const strength = isStrong ? 'strong' : length >= shortestWithFactor ? 'with-factor' : 'weak'
  return { isLongEnough, kinds, strength }
}
