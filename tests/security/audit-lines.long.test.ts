import { beforeEach, describe, expect, it } from 'vitest'
import type { AuditRecord } from '../../model/audit.ts'
import { communeIn } from './commune.fixture.ts'
import { MatrixWorld } from './matrix-world.fixture.ts'
import type { Question } from './matrix-world.fixture.ts'

/* Whatever route changes anything leaves its line in the audit log (X17). Routes are enumerated from the server. */
let world: MatrixWorld
beforeEach(async () => {
  world = await MatrixWorld.open()
})

/** What is shown once, and must stand nowhere. */
const secretsIn = (text: string): readonly string[] =>
  [...text.matchAll(/"(?:token|password|secret|code|uri)":"([^"]{6,})"/g)].flatMap(([, secret]) => secret ?? [])
/** Of these the detail says all that there is to say; the others' lines say what was there before and after. */
const wordsOnly = /^(?:credential|connector|phone|session|enrolment|person)\.(?!change|grant)/

async function problemsOf(question: Question, mark: string): Promise<readonly string[]> {
  const { access, example, method, url } = question
  const things = await communeIn(world.api, mark, 'root')
  const asker = access === 'own' ? await world.browser(things.person) : await world.token('administrator', 'root')
  const { people } = world.api.state
  const [newest] = await people.auditRecords({ limit: 1 })
  const before = await world.state()
  const answer = await world.ask(question, asker, { own: things, of: things, fresh: world.fresh(true) })
  const isExport = /export|\breview/.test(url)
  if (answer.status >= 300 || (!isExport && (await world.state()) === before)) return []
  const lines = (await people.auditRecords({ limit: 100 })).filter(({ id }) => id > (newest?.id ?? 0))
  const where = `${method} ${example.path({ own: things, of: things, fresh: world.fresh() })}`
  const text = JSON.stringify(lines)
  return [
    ...(lines.length === 0 ? [`${where}: no line`] : []),
    ...lines.flatMap(line => problemsOfLine(line, answer.address, isExport).map(problem => `${where}: ${problem}`)),
    ...secretsIn(answer.text).flatMap(secret => (text.includes(secret) ? [`${where}: holds a secret`] : []))
  ]
}

function problemsOfLine(line: AuditRecord, address: string, isExport: boolean): readonly string[] {
  const { author, at, action, object, organisation, outcome, before, after } = line
  const { organisations } = world.api.services.registry
  const hasValues = !wordsOnly.test(action) && !isExport
  const claims = [
    [/^(?:token|person):\d+$/.test(author.id) && author.address === address, `by ${author.id} at ${author.address}`],
    [Math.abs(Date.now() - at) < 60_000 && outcome === 'done', `${at} ${outcome}`],
    [/^[\w-]+(?::.+)?$/.test(object), 'no object'],
    [organisations.has(organisation) || action.endsWith('.remove'), `of ${organisation}`],
    [!hasValues || !/\.(?:change|remove)$/.test(action) || before !== undefined, 'not what was before'],
    [!hasValues || !/\.(?:change|add|grant)$/.test(action) || after !== undefined, 'not what is after']
  ] as const
  return claims.flatMap(([holds, problem]) => (holds ? [] : [`${action} of ${object}: ${problem}`]))
}

describe('every route that changes something', { timeout: 300_000 }, () => {
  it('leaves a line: who, from where, what, before and after, without secrets', async () => {
    const { questions } = world.questions()
    const changing = questions.filter(
      ({ method, url }) => (method !== 'GET' && method !== 'HEAD') || (method === 'GET' && /export|\breview/.test(url))
    )
    const found: string[] = []
    for (const [index, question] of changing.entries()) found.push(...(await problemsOf(question, `l${index}`)))
    expect(found).toEqual([])
  })
})
