import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import type { z } from 'zod'
import { SenError, messageOf } from '../../model/errors.ts'
import { ruleCases } from './case.ts'
import type { RuleCase } from './case.ts'
import { keysIn } from './fill-parameters.ts'
import { rulePack } from './pack.ts'
import type { PackParameter, RulePack } from './pack.ts'
import { parametersOf, rulesOf } from './rules-of.ts'

/** A case, and where it stands. */
export interface LoadedCase {
  /** `hydrology/cases/nam-dan.yaml` */
  readonly file: string
  readonly pack: RulePack
  readonly one: RuleCase
}

/** The packs that come with Sen. */
const ownFolder = fileURLToPath(new URL('.', import.meta.url))

/**
 * Reads every pack below `folder`: one folder each, named as its id, with a `pack.yaml`. Costs a good part of a second of CPU.
 *
 * @returns packs by id.
 * @throws SenError SEN_INPUT_INVALID naming the file, the value and the rule.
 */
export async function loadPacks(folder: string = ownFolder): Promise<ReadonlyMap<string, RulePack>> {
  const entries = await readdir(folder, { withFileTypes: true })
  const ids = entries.filter(entry => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name)
  const packs = await Promise.all(ids.sort().map(id => loadPack(folder, id)))
  return new Map(packs.map(pack => [pack.id, pack]))
}

async function loadPack(folder: string, id: string): Promise<RulePack> {
  const file = `${id}/pack.yaml`
  const pack = checked(file, rulePack, await parsed(folder, file))
  if (pack.id !== id) throw invalid(file, `id is "${pack.id}", must be the folder's name`)
  checkRules(file, pack)
  return pack
}

/**
 * Reads the cases of a pack, `cases/*.yaml` in its folder, by name.
 *
 * @throws SenError SEN_INPUT_INVALID naming the file, the value and the rule.
 */
export async function loadCases(pack: RulePack, folder: string = ownFolder): Promise<readonly LoadedCase[]> {
  const names = await readdir(join(folder, pack.id, 'cases')).catch(() => [])
  const files = names.filter(name => name.endsWith('.yaml')).sort()
  const cases = await Promise.all(files.map(name => loadCaseFile(folder, `${pack.id}/cases/${name}`, pack)))
  return cases.flat()
}

/**
 * Reads one file of cases of a pack.
 *
 * @param file - below `folder`.
 * @throws SenError SEN_INPUT_INVALID naming the file, the value and the rule.
 */
export async function loadCaseFile(folder: string, file: string, pack: RulePack): Promise<readonly LoadedCase[]> {
  const cases = checked(file, ruleCases, await parsed(folder, file))
  const stranger = cases.find(one => !pack.rules.some(({ id }) => id === one.rule))
  if (stranger) throw invalid(file, `case "${stranger.case}": pack ${pack.id} has no rule ${stranger.rule}`)
  return cases.map(one => ({ file, pack, one }))
}

/** Each rule must be one once its parameters are filled in: with what the pack proposes, and where it proposes nothing too. */
function checkRules(file: string, pack: RulePack): void {
  const ids = new Set<string>()
  for (const one of pack.rules) {
    if (ids.has(one.id)) throw invalid(file, `rule ${one.id}: there are two of this id`)
    ids.add(one.id)
    const known = parametersOf(pack, one)
    const named = keysIn(one.levels)
    const unknown = [...named].find(key => known[key] === undefined)
    if (unknown !== undefined) throw invalid(file, `rule ${one.id}: $${unknown} is no parameter`)
    const idle = Object.keys(one.parameters).find(key => !named.has(key))
    if (idle !== undefined) throw invalid(file, `rule ${one.id}: parameter ${idle} is not used`)
    const lacking = Object.entries(known).filter(([key, { value }]) => named.has(key) && isNothing(value))
    const parameters = Object.fromEntries(lacking.map(([key, one]) => [`${key}`, anyValueOf(one)]))
    const use = { organisation: 'root', scope: undefined, rules: [one.id], idOf: (id: string) => id }
    try {
      rulesOf(pack, { ...use, parameters })
    } catch (cause) {
      throw invalid(file, `rule ${one.id}: ${messageOf(cause)}`, cause)
    }
  }
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined
}

function anyValueOf(parameter: PackParameter): unknown {
  switch (parameter.kind) {
    case 'number':
      return parameter.min
    case 'time':
      return '00:00'
    case 'area':
      return { centre: [18.67, 105.68], radiusKm: 1 }
    default:
      return parameter satisfies never
  }
}

async function parsed(folder: string, file: string): Promise<unknown> {
  try {
    return parse(await readFile(join(folder, file), 'utf8'), { merge: true, maxAliasCount: 1000 }) as unknown
  } catch (cause) {
    throw invalid(file, messageOf(cause), cause)
  }
}

function checked<T extends z.ZodType>(file: string, shape: T, value: unknown): z.output<T> {
  const result = shape.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const path = issue?.path ?? []
  const given = path.reduce<unknown>((at, name) => (at as Record<PropertyKey, unknown> | undefined)?.[name], value)
  const shown = given === undefined ? '' : ` (is ${JSON.stringify(given)?.slice(0, 200) ?? ''})`
  throw invalid(file, `${path.join('.')}${shown}: ${issue?.message ?? 'not as it should be'}`)
}

function invalid(file: string, problem: string, cause?: unknown): SenError {
  return new SenError('SEN_INPUT_INVALID', `read rules/packs/${file}: ${problem}`, { cause })
}
