import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { communeIn, unknownThings } from './commune.fixture.ts'
import type { Things } from './commune.fixture.ts'
import { MatrixWorld, withoutIds } from './matrix-world.fixture.ts'
import type { Asker, Question } from './matrix-world.fixture.ts'

/*
 * Every route of the running server × every role × things of one's own organisation, of a foreign one, of the root, and of
 * nobody (X6). Routes are enumerated from the server itself: one that has no example makes this fail.
 *
 *   root ─┬─ A ── below
 *         └─ B
 */
const builtIn = ['administrator', 'operator', 'technician', 'farmer', 'viewer', 'reporter', 'auditor', 'ingest']
const roles = [...builtIn, 'clerk']

let world: MatrixWorld
let a: Things
let below: Things
let b: Things
let root: Things
let questions: readonly Question[]
beforeEach(async () => {
  world = await MatrixWorld.open()
  root = await communeIn(world.api, 'rrw2')
  a = await communeIn(world.api, 'aax3', 'root')
  below = await communeIn(world.api, 'ccv5', a.organisation)
  questions = world.questions().questions
}, 120_000)

const foreignCommune = async (): Promise<void> => {
  b = await communeIn(world.api, 'bbq7', 'root')
}
const isAllowed = ({ access }: Question, { actions, isPerson }: Asker): boolean => {
  if (access === 'own') return isPerson === true
  return access === 'known' || access === 'open' || access.some(action => actions.has(action))
}
const label = ({ method, example }: Question, asker: Asker): string =>
  `${asker.name}: ${method} ${example.path({ own: a, of: b, fresh: world.fresh() })}`

/** Asks about things of others and of nobody. @returns what is wrong. */
async function leaksTo(asker: Asker, own: Things, others: readonly Things[]): Promise<readonly string[]> {
  const found: string[] = []
  const before = await world.state()
  const marks = others.map(({ mark }) => mark)
  for (const question of questions) {
    const { access, example, method } = question
    if (example.isStream && isAllowed(question, asker)) continue
    // What is open knows nobody who asks: strangers try it.
    if (access === 'open' && asker.actions.size > 0) continue
    const fresh = world.fresh()
    const none = unknownThings('nnz9')
    const unknown = await world.ask(question, asker, { own, of: none, fresh })
    const plainUnknown = withoutIds(unknown, { of: none, fresh })
    const refusal = !isAllowed(question, asker)
    if (refusal && access !== 'own' && unknown.status !== 403)
      found.push(`${label(question, asker)}: ${unknown.status}, and the role may not`)
    for (const of of others) {
      const answer = await world.ask(question, asker, { own, of, fresh })
      const plain = withoutIds(answer, { of, fresh })
      if (plain !== plainUnknown)
        found.push(`${label(question, asker)}: ${plain.slice(0, 300)} | unknown: ${plainUnknown.slice(0, 300)}`)
      const leaked = marks.find(mark => plain.replace(/"parent":"[^"]*"/g, '').includes(mark))
      if (leaked !== undefined) found.push(`${label(question, asker)}: holds ${leaked}`)
    }
    if (access !== 'open' && method !== 'GET' && method !== 'HEAD' && unknown.status < 300 && !isOfNobody(question))
      found.push(`${label(question, asker)}: ${unknown.status} for what is not there`)
  }
  if ((await world.state()) !== before) found.push(`${asker.name}: something was changed`)
  return found
}

/** Asks as somebody who is nobody. @returns where the answer is not 401. */
async function openingsFor(asker: Asker): Promise<readonly string[]> {
  const found: string[] = []
  const before = await world.state()
  for (const question of questions) {
    const { access, url } = question
    // The door of machines is open to a device's own login.
    const isDoor = asker.name === 'a device' && /\/ingest\/(?:telemetry|chirpstack|tts)/.test(url)
    if (access === 'open' || isDoor) continue
    for (const of of [a, b, unknownThings('nnz9')]) {
      const { status, text } = await world.ask(question, asker, { own: a, of, fresh: world.fresh() })
      if (status !== 401) found.push(`${label(question, asker)}: ${status} ${text.slice(0, 200)}`)
    }
  }
  if ((await world.state()) !== before) found.push(`${asker.name}: something was changed`)
  return found
}

async function thingsBelow(mark: string): Promise<{ readonly above: Things; readonly things: Things }> {
  const above = await communeIn(world.api, `o${mark}`, 'root')
  return { above, things: await communeIn(world.api, `u${mark}`, above.organisation) }
}

function roleMay(role: string, access: Question['access']): boolean {
  const actions = world.api.services.roles.get(role)?.actions
  return typeof access === 'string' || access.some(action => actions?.has(action))
}

/** Routes that name nothing of anybody: what they begin is the asker's own. */
const isOfNobody = ({ url }: Question): boolean =>
  /\/(?:account\/(?:totp|passkeys\/options)|notify\/preview)$/.test(url)

describe('the permission matrix', { timeout: 300_000 }, () => {
  it('knows how to ask at every route of the server', () => {
    expect(world.questions().problems).toEqual([])
    expect(questions.length).toBeGreaterThan(150)
  })

  it('shows nobody anything of another organisation, by whatever id, and lets nobody change it', async () => {
    await foreignCommune()
    const askers = await Promise.all(roles.map(role => world.token(role, a.organisation)))
    const { people } = world.api.state
    await people.setGrants(a.person, [{ role: 'administrator', organisation: a.organisation }], lineOf(a))
    askers.push(await world.browser(a.person), await world.screen(a.display))
    const found: string[] = []
    for (const asker of askers) found.push(...(await leaksTo(asker, a, [b, root])))
    expect(found).toEqual([])
  })

  it('shows who is below nothing of what is above', async () => {
    await foreignCommune()
    const found: string[] = []
    for (const role of ['administrator', 'viewer', 'technician'])
      found.push(...(await leaksTo(await world.token(role, below.organisation), below, [a, b])))
    expect(found).toEqual([])
  })

  it('shows a sandbox nothing that is not simulated, not even of its own organisation', async () => {
    await foreignCommune()
    const found: string[] = []
    for (const role of ['administrator', 'viewer']) {
      const asker = await world.token(role, a.organisation, { isSandbox: true })
      found.push(...(await leaksTo(asker, unknownThings('mmy1'), [b, a])))
    }
    expect(found.filter(one => !/\/session: holds aax3/.test(one))).toEqual([])
  })

  it('answers strangers 401, and the same for every id', async () => {
    await foreignCommune()
    const { api } = world
    const closed = await world.browser(b.person)
    await api.services.people.change(b.person, { state: 'disabled' }, await manager())
    const removed = await world.token('administrator', 'root')
    await api.services.administration.removeToken(Math.max(...(await api.state.tokens()).map(({ id }) => id)), author)
    const { username, password } = await api.services.administration.deviceCredential(a.device)
    const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
    const nothing = { actions: new Set<never>() }
    const strangers: readonly Asker[] = [
      { name: 'nobody', headers: {}, ...nothing },
      { name: 'a made-up token', headers: { authorization: 'Bearer aaaaaaaaaaaaaaaaaaaaaa' }, ...nothing },
      { name: 'a token of 1 MB', headers: { authorization: `Bearer ${'a'.repeat(1e6)}` }, ...nothing },
      { name: 'alg none', headers: { authorization: `Bearer ${unsigned}` }, ...nothing },
      { ...(await world.token('administrator', 'root', { days: -1 })), name: 'an expired token', ...nothing },
      { ...removed, name: 'a removed token', ...nothing },
      { ...closed, name: 'a closed account', ...nothing },
      { name: 'a made-up session', headers: { cookie: '__Host-sen_session=aaaaaaaaaaaaaaaaaaaaaa' }, ...nothing },
      { name: 'a session without the prefix', headers: { cookie: closed.headers['cookie'] ?? '' }, ...nothing },
      { name: 'a device', headers: { authorization: basic }, ...nothing }
    ]
    const found: string[] = []
    for (const asker of strangers) found.push(...(await openingsFor(asker)))
    expect(found).toEqual([])
  })

  it('tells strangers at what is open the same of things that are there and of none', async () => {
    await foreignCommune()
    const stranger: Asker = { name: 'nobody', headers: {}, actions: new Set() }
    const found: string[] = []
    for (const question of questions.filter(({ access }) => access === 'open')) {
      const [none, fresh] = [unknownThings('nnz9'), world.fresh()]
      const unknown = withoutIds(await world.ask(question, stranger, { own: none, of: none, fresh }), {
        of: none,
        fresh
      })
      const known = withoutIds(await world.ask(question, stranger, { own: b, of: b, fresh }), { of: b, fresh })
      if (known !== unknown) found.push(`${label(question, stranger)}: ${known} | unknown: ${unknown}`)
      if (/bbq7|rrw2|aax3|reasons|warnings/.test(known)) found.push(`${label(question, stranger)}: ${known}`)
    }
    expect(found).toEqual([])
  })

  it('lets a session that has something to see to do nothing but see to it', async () => {
    await foreignCommune()
    const grants = [{ role: 'administrator', organisation: a.organisation }]
    await world.api.state.people.setGrants(a.person, grants, lineOf(a))
    await world.api.state.people.removePasskey(a.person, a.passkey, lineOf(a))
    const asker = await world.browser(a.person, 'password')
    const found: string[] = []
    for (const question of questions) {
      if (question.access === 'open' || question.access === 'own') continue
      // Outside the API's routes, and at the door of machines, such a session is nobody's.
      const isElsewhere = !question.url.startsWith('/api/v1/') || question.url.includes('/ingest/t')
      const wanted = isElsewhere || question.url.endsWith('/ingest/chirpstack') ? 401 : 403
      const { status } = await world.ask(question, asker, { own: a, of: a, fresh: world.fresh() })
      if (status !== wanted) found.push(`${label(question, asker)}: ${status}`)
    }
    expect(found).toEqual([])
  })

  it('answers as if others were not there: not one byte changes when they come', async () => {
    const askers = await Promise.all(roles.map(role => world.token(role, a.organisation)))
    askers.push(await world.browser(a.person), await world.screen(a.display))
    // Lines come with each question; those of before are what counts.
    const until = new Date().toISOString()
    const looks = questions.filter(({ method, example }) => method === 'GET' && !example.isStream)
    const answers = async (): Promise<readonly string[]> => {
      const all: string[] = []
      for (const asker of askers)
        for (const one of looks) {
          const path: Question['example']['path'] = about => {
            const plain = one.example.path(about)
            return one.url.endsWith('/audit') ? `${plain}${plain.includes('?') ? '&' : '?'}to=${until}` : plain
          }
          const fresh = world.fresh()
          const about = { own: a, of: a, fresh }
          const answer = await world.ask({ ...one, example: { ...one.example, path } }, asker, about)
          all.push(`${label(one, asker)}: ${withoutIds(answer, { of: unknownThings('nnz9'), fresh })}`)
        }
      return all
    }
    b = unknownThings('nnz9')
    const alone = await answers()
    const mark = b
    await foreignCommune()
    b = mark
    expect(await answers()).toEqual(alone)
  })

  it('lets each role do to its own, and what is below, what its actions say', async () => {
    const table: string[] = []
    const found: string[] = []
    // What is only looked at, and what is refused, does not need things of its own.
    const lasting = await thingsBelow('lasting')
    const manage = async (role: string, home: 'root' | 'above' | 'own'): Promise<void> => {
      for (const question of questions.filter(({ example }) => !example.isStream)) {
        const { access, method } = question
        const isLasting = access !== 'own' && (method === 'GET' || method === 'HEAD' || !roleMay(role, access))
        const { above, things } = isLasting ? lasting : await thingsBelow(`p${table.length}`)
        const organisation = { root: 'root', above: above.organisation, own: things.organisation }[home]
        const asker = access === 'own' ? await world.browser(things.person) : await world.token(role, organisation)
        const answer = await world.ask(question, asker, { own: things, of: things, fresh: world.fresh(true) })
        const verdict = verdictOf(question, asker, answer.status, home === 'root')
        table.push(`${method} ${question.url}\t${role}\t${home}\t${answer.status}`)
        if (!verdict)
          found.push(`${label(question, asker)} from ${home}: ${answer.status} ${answer.text.slice(0, 200)}`)
      }
    }
    await foreignCommune()
    for (const role of roles) await manage(role, 'own')
    await manage('administrator', 'above')
    await manage('administrator', 'root')
    const folder = await mkdtemp(join(tmpdir(), 'sen-matrix-'))
    await writeFile(join(folder, 'permission-matrix.tsv'), table.join('\n'))
    expect(found).toEqual([])
  })
})

function verdictOf(question: Question, asker: Asker, status: number, isRoot: boolean): boolean {
  const { access, example } = question
  if (!isAllowed(question, asker)) return access === 'own' ? status === 401 : status === 403
  if (example.isOfProvince && !isRoot) return status === 403 || status === 404
  return example.expected?.includes(status) ?? (status >= 200 && status < 300)
}

const author = { id: 'local', name: '', address: '' }
const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"root"}').toString('base64url')}.`

function lineOf({ person, organisation }: Things) {
  const what = { action: 'person.grant', object: `person:${person}`, organisation, detail: '' }
  return { at: 0, author, outcome: 'done', count: 1, ...what } as const
}

async function manager() {
  const { roles: book } = world.api.services
  const grants = book.resolve([{ role: 'administrator', organisation: 'root' }])
  return { actor: { id: 'local', name: '', kind: 'local', organisation: 'root', grants } as const, author }
}
