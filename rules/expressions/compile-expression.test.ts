import { describe, expect, it } from 'vitest'
import { metricCatalogue } from '../../model/metric.ts'
import { compileExpression } from './compile-expression.ts'

const kindOf = (metric: string) => metricCatalogue.get(metric)?.kind

function evaluated(
  text: string,
  values: Readonly<Record<string, number | string>> = {},
  result: 'boolean' | 'number' = 'boolean'
) {
  const expression = compileExpression(text, { result, kindOf })
  return expression.evaluate(expression.metrics.map(metric => values[metric] ?? Number.NaN))
}

describe('an expression', () => {
  it.each([
    ['m.air_temperature > 30.0 && m.air_humidity > 90.0', { air_temperature: 31, air_humidity: 95 }, 1],
    ['m.air_temperature > 30 && m.air_humidity >= 90', { air_temperature: 31.5, air_humidity: 89 }, 0],
    ['m.air_temperature - m.soil_temperature * 2 == 1.5', { air_temperature: 21.5, soil_temperature: 10 }, 1],
    ['!m.door_open', { door_open: 0 }, 1],
    ['m.door_open == true', { door_open: 1 }, 1],
    ['m.status_text == "lỗi"', { status_text: 'lỗi' }, 1],
    ['m.status_text in ["ok", "tốt"]', { status_text: 'lỗi' }, 0],
    ['m.ph in [6, 7, 8.5]', { ph: 8.5 }, 1],
    ['(m.ph < 6.5 ? 1 : 2) == 2', { ph: 7 }, 1],
    ['has(m.ph) && m.ph > 8', {}, 0]
  ])('%s with %o is %d', (text, values, expected) => {
    expect(evaluated(text, values)).toBe(expected)
  })

  it.each([
    ['7 / 2', {}, 3.5],
    ['max(m.no2, m.o3, 5)', { no2: 3, o3: 9 }, 9],
    ['round(pow(m.wind_speed, 2)) + -1', { wind_speed: 3 }, 8],
    ['m.air_temperature * 1.8 + 32', { air_temperature: 100 }, 212]
  ])('%s comes to a number', (text, values, expected) => {
    expect(evaluated(text, values, 'number')).toBe(expected)
  })

  it('says nothing where a value is missing that it needs, or where it divides by 0', () => {
    expect(evaluated('m.ph > 8', {})).toBeNaN()
    expect(evaluated('m.ph > 8 && m.turbidity > 1', { ph: 9 })).toBeNaN()
    expect(evaluated('m.ph / 0', { ph: 9 }, 'number')).toBeNaN()
    expect(evaluated('max(m.ph, 3)', {}, 'number')).toBeNaN()
    expect(evaluated('exp(m.ph)', { ph: 14_000 }, 'number')).toBeNaN()
  })

  it('is decided by what decides alone, though another value is missing', () => {
    expect(evaluated('m.ph > 8 || m.turbidity > 1', { turbidity: 2 })).toBe(1)
    expect(evaluated('m.ph > 8 && m.turbidity > 1', { turbidity: 0 })).toBe(0)
  })

  it('names the metrics that it speaks of, each once', () => {
    expect(compileExpression('m.ph > 8 || m.ph < m.salinity', { result: 'boolean', kindOf }).metrics).toEqual([
      'ph',
      'salinity'
    ])
  })

  it('takes any name where nobody says what metrics there are, as number or as true and false', () => {
    const { evaluate } = compileExpression('m.lid && m.lid_count > 2', { result: 'boolean' })
    expect(evaluate([1, 3])).toBe(1)
  })

  it.each([
    ['m.ph', 'takes true or false and not a number'],
    ['m.ph && true', '&& takes true or false'],
    ['m.nonsense > 1', 'there is no metric "nonsense"'],
    ['m.ph == "7"', '== compares a number with words'],
    ['m.status_text > 1', '> takes a number and not words'],
    ['ph > 7', '"ph" is not known; values are written m.<metric>'],
    ['sin(m.ph) > 0', 'there is no function "sin"'],
    ['pow(m.ph) > 0', 'pow takes 2 values, not 1'],
    ['m.ph >', 'Unexpected'],
    ['', '']
  ])('is refused before it is kept: %s', (text, why) => {
    expect(() => evaluated(text)).toThrow(
      expect.objectContaining({ code: 'SEN_RULE_INVALID', message: expect.stringContaining(why) })
    )
  })
})

describe('an expression made to harm (X1)', () => {
  it.each([
    "constructor.constructor('return process')()",
    "m.constructor.constructor('return process')()",
    'm.constructor',
    'm.__proto__ == 1',
    'm["__proto__"] == 1',
    'm.toString() == "x"',
    'toString(1) == 1',
    'constructor(1) == 1',
    'hasOwnProperty(1) == 1',
    'this',
    'this.process',
    'import("fs")',
    '`${process}`',
    '"${process.exit()}"',
    'm.ph > 1; process.exit()',
    'eval("1") == 1',
    'globalThis.process',
    'm',
    'm.ph.constructor == 1',
    '[1, 2, 3].map(x, [1, 2, 3].map(y, x * y)).size() > 1',
    '[1].all(x, [1].all(y, [1].all(z, true)))',
    'cel.bind(x, m, x.ph > 1)',
    '"a".matches("(a+)+$")',
    'type(m.ph) == double',
    'timestamp("2026-01-01T00:00:00Z") == 1',
    '{"a": 1}.a == 1',
    'm.?ph',
    '('.repeat(300) + 'true' + ')'.repeat(300),
    '!'.repeat(1999) + 'true',
    Array.from({ length: 400 }, () => '1').join('+') + ' > 1',
    'true || '.repeat(125_000) + 'true'
  ])('is refused: %.60s', text => {
    expect(() => evaluated(text)).toThrow(expect.objectContaining({ code: 'SEN_RULE_INVALID' }))
  })

  it('of the greatest size that is taken is evaluated in one pass over its parts', () => {
    const text = `${Array.from({ length: 97 }, () => 'm.ph').join('*')} > 1`
    const { evaluate, metrics } = compileExpression(text, { result: 'boolean', kindOf })
    expect(metrics).toEqual(['ph'])
    expect(evaluate([1.001])).toBe(1)
  })
})
