import { readFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { Command } from 'commander'
import { HealthAlarms } from '../../alarms/health/health-alarms.ts'
import { SenError } from '../../model/errors.ts'
import { metricCatalogue } from '../../model/metric.ts'
import { rootOrganisation } from '../../model/registry.ts'
import { rule as ruleShape } from '../../model/rule.ts'
import { loadCaseFile, loadCases, loadPacks } from '../../rules/packs/load-packs.ts'
import type { LoadedCase } from '../../rules/packs/load-packs.ts'
import type { RulePack } from '../../rules/packs/pack.ts'
import { runCase } from '../../rules/packs/run-cases.ts'
import { sentenceOf } from '../../rules/sentence/rule-sentence.ts'
import { withLocalApi } from './local-api.ts'
import { ProgressLine } from './progress-line.ts'
import { printRows } from './print-rows.ts'

/** `sen rules`: packs of rules and their cases, and the rules in force. */
export function commands(): readonly Command[] {
  const command = new Command('rules').description(
    'rules that say when somebody must know: packs, cases, what is in force'
  )
  command
    .command('test [what...]')
    .description('plays cases of packs (all of them, or PACK, or FILE.yaml in a folder PACK/cases) on the engine')
    .action(testCases)
  command
    .command('packs [pack]')
    .description('lists packs and their rules; of one pack: its rules as sentences, sources, parameters')
    .option('--lang <language>', 'vi or en', 'vi')
    .action(showPacks)
  command
    .command('list')
    .description('lists the rules in force: id, version, state, organisation, pack, name (tab separated)')
    .action(listRules)
  command
    .command('show <id>')
    .description('reads a rule in force as sentences')
    .option('--lang <language>', 'vi or en', 'vi')
    .action(showRule)
  command
    .command('add <pack> [rules...]')
    .description('makes rules of a pack for a place; prints their ids and what was left open')
    .option('--organisation <id>', 'whose rules they are', rootOrganisation)
    .option('--site <id...>')
    .option('--device <id...>')
    .option('--profile <id...>')
    .option('--tag <tag...>')
    .option('--set <key=value...>', 'a parameter of every rule that has it, or rule.key=value')
    .option('--dry-run', 'only shows what would be made')
    .action(addRules)
  return [command]
}

async function testCases(what: readonly string[]): Promise<void> {
  const packs = await loadPacks()
  const cases = (await Promise.all(namedOr(what, packs).map(one => casesOf(one, packs)))).flat()
  const progress = new ProgressLine('played', cases.length, 'cases')
  const differences: string[] = []
  for (const loaded of cases) {
    const { file, name, rule, difference } = runCase(loaded, new HealthAlarms())
    progress.add(1)
    if (difference !== undefined) differences.push(`${file}: ${rule}: "${name}": ${difference}`)
  }
  progress.end()
  for (const difference of differences.slice(1)) process.stderr.write(`${difference}\n`)
  const [first] = differences
  if (first !== undefined)
    throw new SenError(
      'SEN_INPUT_INVALID',
      `test rules: ${differences.length} of ${cases.length} cases differ: ${first}`
    )
  process.stdout.write(
    `${cases.length} cases of ${new Set(cases.map(one => one.pack.id)).size} packs are as they say\n`
  )
}

function namedOr(what: readonly string[], packs: ReadonlyMap<string, RulePack>): readonly string[] {
  return what.length > 0 ? what : [...packs.keys()]
}

/** @param named - a pack's id, or a file of cases in a folder `PACK/cases`. */
async function casesOf(named: string, packs: ReadonlyMap<string, RulePack>): Promise<readonly LoadedCase[]> {
  const own = packs.get(named)
  if (own) return loadCases(own)
  if (!named.endsWith('.yaml')) throw unknownPack(named, packs)
  const folder = dirname(dirname(dirname(resolve(named))))
  const id = basename(dirname(dirname(resolve(named))))
  const pack = packs.get(id)
  if (!pack) throw unknownPack(id, packs)
  return loadCaseFile(folder, `${id}/${basename(dirname(resolve(named)))}/${basename(named)}`, pack)
}

function unknownPack(id: string, packs: ReadonlyMap<string, RulePack>): SenError {
  const hint = `There are ${[...packs.keys()].join(', ')}.`
  return new SenError('SEN_NOT_FOUND', `find rule pack ${id}: there is none`, { hint })
}

interface Sentences {
  readonly about: string
  readonly levels: readonly string[]
}

interface ShownPack {
  readonly rules: readonly {
    readonly id: string
    readonly name: Readonly<Record<string, string>>
    readonly source: string
    readonly parameters: Readonly<Record<string, { readonly value: unknown; readonly unit?: string }>>
    readonly sentences: Readonly<Record<string, Sentences>> | null
    readonly open: readonly { readonly level: number; readonly parameters: readonly string[] }[]
  }[]
}

async function showPacks(pack: string | undefined, { lang }: { readonly lang: string }): Promise<void> {
  if (pack !== undefined) {
    const { rules } = (await withLocalApi(api =>
      api.call('GET', `/api/v1/rule-packs/${encodeURIComponent(pack)}`)
    )) as ShownPack
    for (const { id, name, source, parameters, sentences, open } of rules) {
      process.stdout.write(`${pack}/${id}: ${name[lang] ?? name['vi'] ?? ''}\n`)
      for (const text of sentences?.[lang]?.levels ?? []) process.stdout.write(`    ${text}\n`)
      for (const one of open)
        process.stdout.write(`    level ${one.level} is open: give ${one.parameters.join(', ')}\n`)
      for (const [key, { value, unit = '' }] of Object.entries(parameters))
        process.stdout.write(`    ${key} = ${value === null ? '?' : JSON.stringify(value)} ${unit}\n`)
      process.stdout.write(`    (${source})\n`)
    }
    return
  }
  const { items } = (await withLocalApi(api => api.call('GET', '/api/v1/rule-packs'))) as {
    readonly items: readonly { id: string; name: Record<string, string>; rules: readonly { readonly id: string }[] }[]
  }
  printRows(items.map(({ id, name, rules }) => [id, name[lang] ?? name['vi'], rules.map(one => one.id).join(' ')]))
}

async function listRules(): Promise<void> {
  const { items } = (await withLocalApi(api => api.call('GET', '/api/v1/rules'))) as {
    readonly items: readonly unknown[]
  }
  printRows(
    items.map(item => {
      const { id, version, isEnabled, organisation, pack, name } = ruleShape.parse(item)
      return [id, version, isEnabled ? 'on' : 'off', organisation, pack, name.vi]
    })
  )
}

async function showRule(id: string, { lang }: { readonly lang: string }): Promise<void> {
  const found = await withLocalApi(api => api.call('GET', `/api/v1/rules/${encodeURIComponent(id)}`))
  const { about, levels } = sentenceOf(
    ruleShape.parse(found),
    { metric: name => metricCatalogue.get(name) },
    lang === 'en' ? 'en' : 'vi'
  )
  process.stdout.write(`${[about, ...levels].join('\n')}\n`)
}

interface AddOptions {
  readonly organisation: string
  readonly site?: readonly string[]
  readonly device?: readonly string[]
  readonly profile?: readonly string[]
  readonly tag?: readonly string[]
  readonly set?: readonly string[]
  readonly dryRun?: boolean
}

interface Applied {
  readonly rules: readonly { readonly id: string; readonly sentences: { readonly vi: Sentences } }[]
  readonly open: readonly { readonly rule: string; readonly level: number; readonly parameters: readonly string[] }[]
  readonly withoutDatum: readonly string[]
}

async function addRules(pack: string, rules: readonly string[], options: AddOptions): Promise<void> {
  const { organisation, site: sites, device: devices, profile: profiles, tag: tags, dryRun = false } = options
  const body = {
    ...{ organisation, scope: { sites, devices, profiles, tags }, parameters: parametersOf(options.set ?? []), dryRun },
    ...(rules.length > 0 && { rules })
  }
  const path = `/api/v1/rule-packs/${encodeURIComponent(pack)}/apply`
  const answer = (await withLocalApi(api => api.call('POST', path, body))) as Applied
  for (const { id, sentences } of answer.rules)
    process.stdout.write(`${id}\n${sentences.vi.levels.map(text => `    ${text}\n`).join('')}`)
  for (const { rule, level, parameters } of answer.open)
    process.stderr.write(
      `${pack}/${rule}: level ${level} is left out, no value is verified: --set ${parameters.join('=… --set ')}=…\n`
    )
  for (const id of answer.withoutDatum)
    process.stderr.write(`${id} has no datum offset: it never rings by flood alarm levels until it is levelled\n`)
}

/** `key=5.4`, `key=18:30`, `key=@zone.json` */
function parametersOf(settings: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    settings.map(setting => {
      const [key = '', ...rest] = setting.split('=')
      const text = rest.join('=')
      if (key === '' || text === '')
        throw new SenError('SEN_INPUT_INVALID', `rules add: --set "${setting}" must be key=value`)
      if (text.startsWith('@')) return [key, JSON.parse(readFileSync(text.slice(1), 'utf8')) as unknown]
      return [key, /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text]
    })
  )
}
