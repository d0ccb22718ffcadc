import type { ASTNode } from '@marcbachmann/cel-js'
import type { ValueKind } from '../../model/metric.ts'
import { numberFunctions } from './number-functions.ts'

/** Values by place; NaN: there is none. */
export type Values = ArrayLike<number | string>
/** @returns what the metric's values are; `undefined`: there is no such metric. */
export type KindOf = (metric: string) => ValueKind | undefined

/** Which place the value of each metric has. */
export interface MetricSlots {
  readonly names: string[]
  readonly kindOf: KindOf | undefined
}

interface NumberNode {
  /** `any`: a metric of which nobody says what it is. True and false are 1 and 0. */
  readonly type: 'number' | 'boolean' | 'any'
  readonly run: (values: Values) => number
  /** Of `any`: the same as words. */
  readonly words?: (values: Values) => string | undefined
}
interface TextNode {
  readonly type: 'text'
  readonly run: (values: Values) => string | undefined
}
/** A part of an expression that is ready: NaN, or `undefined` of words, where it says nothing. */
export type Node = NumberNode | TextNode

const nothing = Number.NaN

/** @throws TypeError with the part that is wrong, for people. */
export function nodeOf(ast: ASTNode, slots: MetricSlots): Node {
  switch (ast.op) {
    case 'value':
      return literal(ast.args)
    case '.':
      return metricOf(ast, slots)
    case '!_':
      return not(asBoolean(nodeOf(ast.args, slots), '!'))
    case '-_': {
      const { run } = asNumber(nodeOf(ast.args, slots), '-')
      return { type: 'number', run: values => -run(values) }
    }
    case '&&':
    case '||':
      return both(ast.op, [nodeOf(ast.args[0], slots), nodeOf(ast.args[1], slots)])
    case '?:':
      return choice(ast.args.map(part => nodeOf(part, slots)))
    case 'in':
      return among(ast.args, slots)
    case 'call':
      return call(ast.args[0], ast.args[1], slots)
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return arithmetic(ast.op, [nodeOf(ast.args[0], slots), nodeOf(ast.args[1], slots)])
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return comparison(ast.op, [nodeOf(ast.args[0], slots), nodeOf(ast.args[1], slots)])
    case 'id':
      throw new TypeError(`"${ast.args.slice(0, 60)}" is not known; values are written m.<metric>`)
    case '.?':
    case '[]':
    case '[?]':
    case 'rcall':
    case 'list':
    case 'map':
      throw new TypeError(`"${ast.input.slice(ast.start, ast.end).slice(0, 60)}" is no form that rules know`)
    default:
      return ast satisfies never
  }
}

/** @throws TypeError where it is another thing. */
export function asNumber(node: Node, where: string): NumberNode {
  if (node.type === 'number' || node.type === 'any') return node
  throw new TypeError(`${where} takes a number and not ${wordOf(node)}`)
}

/** @throws TypeError where it is another thing. */
export function asBoolean(node: Node, where: string): NumberNode {
  if (node.type === 'boolean') return node
  if (node.type !== 'any') throw new TypeError(`${where} takes true or false and not ${wordOf(node)}`)
  const { run } = node
  const isTrue = (values: Values) => {
    const value = run(values)
    return Number.isNaN(value) ? nothing : Number(value !== 0)
  }
  return { type: 'boolean', run: isTrue }
}

const wordOf = ({ type }: Node) => (type === 'text' ? 'words' : type === 'boolean' ? 'true or false' : 'a number')

function literal(value: unknown): Node {
  if (typeof value === 'string') return { type: 'text', run: () => value }
  if (typeof value === 'boolean') return { type: 'boolean', run: () => Number(value) }
  if (typeof value !== 'number' && typeof value !== 'bigint') throw new TypeError(`null, bytes and 5u are not known`)
  const number = Number(value)
  return { type: 'number', run: () => number }
}

function metricOf(ast: Extract<ASTNode, { op: '.' }>, { names, kindOf }: MetricSlots): Node {
  const [of, name] = ast.args
  if (of.op !== 'id' || of.args !== 'm') throw new TypeError('values are written m.<metric>, and have no parts')
  const kind = kindOf === undefined ? 'any' : kindOf(name)
  if (kind === undefined) throw new TypeError(`there is no metric "${name.slice(0, 60)}"`)
  if (!names.includes(name)) names.push(name)
  const slot = names.indexOf(name)
  const words = (values: Values) => {
    const value = values[slot]
    return typeof value === 'string' ? value : undefined
  }
  if (kind === 'text') return { type: 'text', run: words }
  const run = (values: Values) => {
    const value = values[slot]
    return typeof value === 'number' ? value : nothing
  }
  return kind === 'any' ? { type: kind, run, words } : { type: kind, run }
}

function not({ run }: NumberNode): Node {
  // 1 - NaN is NaN.
  return { type: 'boolean', run: values => 1 - run(values) }
}

/** What decides alone decides, though the other says nothing. */
function both(op: '&&' | '||', [one, other]: readonly [Node, Node]): Node {
  const { run: left } = asBoolean(one, op)
  const { run: right } = asBoolean(other, op)
  const decides = op === '&&' ? 0 : 1
  const run = (values: Values) => {
    const first = left(values)
    if (first === decides) return decides
    const second = right(values)
    if (second === decides) return decides
    return Number.isNaN(first) ? nothing : second
  }
  return { type: 'boolean', run }
}

function choice([condition, yes, no]: readonly Node[]): Node {
  if (!condition || !yes || !no) throw new TypeError('? needs two values')
  const { run: test } = asBoolean(condition, '?')
  if (yes.type === 'text' || no.type === 'text') throw new TypeError('? chooses between numbers, or true and false')
  if (yes.type !== no.type && yes.type !== 'any' && no.type !== 'any')
    throw new TypeError('both sides of ? must be of one kind')
  const [{ run: left }, { run: right }] = [yes, no]
  const run = (values: Values) => {
    const is = test(values)
    return is === 1 ? left(values) : is === 0 ? right(values) : nothing
  }
  return { type: yes.type === 'any' ? no.type : yes.type, run }
}

function among([of, list]: readonly [ASTNode, ASTNode], slots: MetricSlots): Node {
  if (list.op !== 'list') throw new TypeError('in takes a list: m.status_text in ["a", "b"]')
  const value = nodeOf(of, slots)
  const members = list.args.map(member => comparison('==', [value, nodeOf(member, slots)]))
  const none: Node = { type: 'boolean', run: () => 0 }
  return members.reduce((any, member) => both('||', [any, member]), none)
}

function call(name: string, args: readonly ASTNode[], slots: MetricSlots): Node {
  if (name === 'has') return has(args, slots)
  const known = Object.hasOwn(numberFunctions, name) ? numberFunctions[name] : undefined
  if (!known) throw new TypeError(`there is no function "${name.slice(0, 60)}"`)
  const { least, most } = known
  if (args.length < least || args.length > most)
    throw new TypeError(`${name} takes ${least === most ? least : `${least} to ${most}`} values, not ${args.length}`)
  const runs = args.map(arg => asNumber(nodeOf(arg, slots), name).run)
  const [first, second] = runs
  const { of } = known
  if (runs.length === 1 && first) return { type: 'number', run: values => of(first(values)) }
  if (runs.length === 2 && first && second) return { type: 'number', run: values => of(first(values), second(values)) }
  return { type: 'number', run: values => of(...runs.map(run => run(values))) }
}

function has(args: readonly ASTNode[], slots: MetricSlots): Node {
  const [of] = args
  if (args.length !== 1 || of?.op !== '.') throw new TypeError('has asks for one value: has(m.<metric>)')
  const node = metricOf(of, slots)
  if (node.type === 'text') return { type: 'boolean', run: values => Number(node.run(values) !== undefined) }
  const { run, words } = node
  return { type: 'boolean', run: values => Number(!Number.isNaN(run(values)) || words?.(values) !== undefined) }
}

const arithmetics = {
  '+': (a: number, b: number) => a + b,
  '-': (a: number, b: number) => a - b,
  '*': (a: number, b: number) => a * b,
  '/': (a: number, b: number) => (b === 0 ? nothing : a / b),
  '%': (a: number, b: number) => a % b
} as const

function arithmetic(op: keyof typeof arithmetics, [one, other]: readonly [Node, Node]): Node {
  const { run: left } = asNumber(one, op)
  const { run: right } = asNumber(other, op)
  const of = arithmetics[op]
  return { type: 'number', run: values => of(left(values), right(values)) }
}

const comparisons = {
  '==': (a: number | string, b: number | string) => a === b,
  '!=': (a: number | string, b: number | string) => a !== b,
  '<': (a: number | string, b: number | string) => a < b,
  '<=': (a: number | string, b: number | string) => a <= b,
  '>': (a: number | string, b: number | string) => a > b,
  '>=': (a: number | string, b: number | string) => a >= b
} as const

function comparison(op: keyof typeof comparisons, [one, other]: readonly [Node, Node]): Node {
  const isOrder = op !== '==' && op !== '!='
  for (const node of [one, other]) if (isOrder && node.type !== 'any') asNumber(node, op)
  if (one.type !== other.type && one.type !== 'any' && other.type !== 'any')
    throw new TypeError(`${op} compares ${wordOf(one)} with ${wordOf(other)}`)
  const of = comparisons[op]
  const [leftOf, rightOf] = [comparable(one, other), comparable(other, one)]
  const run = (values: Values) => {
    const left = leftOf(values)
    const right = rightOf(values)
    return isNothing(left) || isNothing(right) ? nothing : Number(of(left, right))
  }
  return { type: 'boolean', run }
}

function comparable(node: Node, other: Node): (values: Values) => number | string | undefined {
  return node.type === 'any' && other.type === 'text' && node.words ? node.words : node.run
}

function isNothing(value: number | string | undefined): value is undefined {
  return value === undefined || Number.isNaN(value)
}
