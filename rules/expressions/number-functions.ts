interface NumberFunction {
  readonly least: number
  readonly most: number
  readonly of: (...values: number[]) => number
}

/** The functions of expressions: numbers in, a number out; NaN where it says nothing. */
export const numberFunctions: Readonly<Record<string, NumberFunction>> = {
  min: { least: 1, most: 10, of: Math.min },
  max: { least: 1, most: 10, of: Math.max },
  abs: { least: 1, most: 1, of: (value = Number.NaN) => Math.abs(value) },
  round: { least: 1, most: 1, of: (value = Number.NaN) => Math.round(value) },
  floor: { least: 1, most: 1, of: (value = Number.NaN) => Math.floor(value) },
  ceil: { least: 1, most: 1, of: (value = Number.NaN) => Math.ceil(value) },
  sqrt: { least: 1, most: 1, of: (value = Number.NaN) => Math.sqrt(value) },
  exp: { least: 1, most: 1, of: (value = Number.NaN) => Math.exp(value) },
  /** The natural logarithm. */
  ln: { least: 1, most: 1, of: (value = Number.NaN) => Math.log(value) },
  log10: { least: 1, most: 1, of: (value = Number.NaN) => Math.log10(value) },
  pow: { least: 2, most: 2, of: (base = Number.NaN, exponent = Number.NaN) => base ** exponent },
  /** For those who know CEL: every number is a double already. */
  double: { least: 1, most: 1, of: (value = Number.NaN) => value },
  int: { least: 1, most: 1, of: (value = Number.NaN) => Math.trunc(value) }
}
