import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { startedApi } from '../../server/api/api.fixture.ts'
import type { Api } from '../../server/api/api.fixture.ts'
import type { Action } from '../../server/auth/actions.ts'
import { publicKey } from './commune.fixture.ts'
import type { Things } from './commune.fixture.ts'
import { routeExamples } from './route-examples.ts'
import type { Case, Fresh, RouteExample } from './route-examples.ts'

/** Somebody who asks, by what its requests bring. */
export interface Asker {
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
  /** What it may do somewhere; nothing for strangers. */
  readonly actions: ReadonlySet<Action>
  /** By a browser's session of a person. */
  readonly isPerson?: boolean
}

/** One way to ask at one route. */
export interface Question {
  readonly method: string
  /** As the router has it. */
  readonly url: string
  /** Who may ask at all. */
  readonly access: 'open' | 'own' | 'known' | readonly Action[]
  readonly example: RouteExample
}

/** What came back. */
export interface Answer {
  readonly status: number
  readonly text: string
  /** From where it was asked. */
  readonly address: string
}

const console = fileURLToPath(new URL('../../dashboards/console/dist', import.meta.url))

/** The API as an operator runs it, behind a proxy that ends TLS: every request comes from an address of its own. */
export class MatrixWorld {
  readonly api: Api
  #count = 0

  private constructor(api: Api) {
    this.api = api
  }

  static async open(): Promise<MatrixWorld> {
    const world = new MatrixWorld(await startedApi({ SEN_TRUST_PROXY: '127.0.0.1' }))
    const { roles, administration } = world.api.services
    const names = { vi: 'Văn thư', en: 'Clerk' }
    for (const role of [
      { id: 'clerk', name: names, actions: ['read', 'export', 'observe-system', 'manage-people', 'manage-tokens'] },
      { id: 'spare', name: names, actions: ['read'] }
    ]) {
      roles.put(role)
      const line = { action: 'role.add', object: `role:${role.id}`, organisation: 'root', detail: '', count: 1 }
      const author = { id: 'local', name: '', address: '' }
      await world.api.state.people.putRole(role, { ...line, author, at: 0, outcome: 'done' })
    }
    await administration.add('place-group', { id: 'nhom', name: 'Nhóm', communes: ['17971'] })
    await administration.connectorCredential('cau')
    const meaning = { topics: [], mapping: { payload: 'json', device: '{$.id}' } } as const
    const webhook = { name: 'mua', type: 'webhook', organisation: 'root', url: undefined } as const
    await world.api.services.connectors.add({ ...webhook, meaning: { ...meaning, topics: [] } })
    return world
  }

  /** Every way to ask at every route of the running server, and what is missing to know them all. */
  questions(): { readonly questions: readonly Question[]; readonly problems: readonly string[] } {
    const questions: Question[] = []
    const problems: string[] = []
    const asked = new Set<string>()
    for (const { url, method, config } of this.api.routes) {
      for (const one of [method].flat()) {
        const key = `${one === 'HEAD' ? 'GET' : one} ${url}`
        const examples = routeExamples[key]
        if (isPage(url)) continue
        asked.add(key)
        const access = config?.access ?? examples?.[0]?.action
        if (!examples || access === undefined) {
          problems.push(
            `${key} is not in the permission matrix: add an example of how it is asked to tests/security/route-examples.ts, with the ids that it takes made of "of", so that the matrix can try those of other organisations`
          )
          continue
        }
        for (const example of examples) questions.push({ method: one, url, example, access: accessOf(example, access) })
      }
    }
    const gone = Object.keys(routeExamples).filter(key => !asked.has(key))
    for (const key of gone) problems.push(`${key} has an example in tests/security/route-examples.ts and is no route`)
    return { questions, problems }
  }

  /** What nobody has yet. @param isScreenWaiting - whether a screen shows the code. */
  fresh(isScreenWaiting = false): Fresh {
    const number = ++this.#count
    const { displays } = this.api.services
    return {
      id: `moi-${number}`,
      eui: `f1${number.toString(16).padStart(14, '0')}`,
      phoneNumber: `+8498${String(number).padStart(7, '0')}`,
      screenCode: () => (isScreenWaiting ? displays.begin(publicKey()).code : 'AAAA-AAAA')
    }
  }

  async ask({ method, example }: Question, asker: Asker, about: Case): Promise<Answer> {
    const number = ++this.#count
    const address = `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`
    const payload = example.body?.(about)
    const answer = await this.api.app.inject({
      method: method as 'GET',
      url: example.path(about),
      headers: {
        host: 'sen.example.vn',
        'x-forwarded-proto': 'https',
        'x-forwarded-for': address,
        ...(payload !== undefined && { 'content-type': 'application/json' }),
        ...asker.headers
      },
      ...(payload !== undefined && { payload: JSON.stringify(payload) })
    })
    return { status: answer.statusCode, text: answer.body, address }
  }

  /** A program's token. */
  async token(role: string, organisation: string, more: { days?: number; isSandbox?: boolean } = {}): Promise<Asker> {
    const { administration, roles } = this.api.services
    const { days, isSandbox = false } = more
    const { token } = await administration.addToken({ name: 'asks', role, organisation, isSandbox }, days)
    const actions = roles.get(role)?.actions ?? new Set()
    const looks = new Set([...actions].filter(action => !isSandbox || action === 'read' || action === 'export'))
    return { name: `${role}@${organisation}`, headers: { authorization: `Bearer ${token}` }, actions: looks }
  }

  /** A person's browser. @param via - by a password alone who manages has to add a second factor first. */
  async browser(person: number, via: 'passkey' | 'password' = 'passkey'): Promise<Asker> {
    const { sessions, peopleStore, roles } = this.api.services
    const account = await peopleStore.account(person)
    if (!account) throw new Error(`open browser: there is no person ${person}`)
    const opened = await sessions.open({ via, address: '', person }, sessions.holderOfPerson(account, via))
    const actions = new Set(account.grants.flatMap(({ role }) => [...(roles.get(role)?.actions ?? [])]))
    return { name: `person ${person}`, headers: cookieOf(opened.secret), actions, isPerson: true }
  }

  /** A wall display. */
  async screen(display: string): Promise<Asker> {
    const { sessions, peopleStore, roles } = this.api.services
    const device = await peopleStore.device(display)
    if (!device) throw new Error(`open screen: there is no display ${display}`)
    const opened = await sessions.open(
      { via: 'device', address: '', device: display },
      sessions.holderOfDisplay(device)
    )
    return { name: 'display', headers: cookieOf(opened.secret), actions: roles.get('viewer')?.actions ?? new Set() }
  }

  /** Everything that a request could change, as text: registry, people and their ways in, machines' ways in, roles. */
  async state(): Promise<string> {
    const { people: store } = this.api.state
    const { items } = await store.people({ limit: 10_000 })
    const people = await Promise.all(
      items.map(async ({ id }) => [
        await store.account(id),
        await store.passkeys(id),
        await store.devices({ person: id }),
        await store.invitationOf(id)
      ])
    )
    const tokens = (await this.api.state.tokens()).map(one => ({ ...one, lastUsedAt: undefined }))
    const sessions = (await store.sessions()).map(({ hash }) => hash).sort()
    return JSON.stringify([
      await this.api.state.registryAt(Number.MAX_SAFE_INTEGER),
      ...[people, tokens, sessions, await store.devices({ kind: 'display' }), await store.roles()],
      ...[await this.api.state.credentials(), await this.api.state.connectors(), await store.locks()]
    ])
  }
}

/** The answer without the ids that the question named: what is left must be the same for things of others and for none. */
export function withoutIds(
  { status, text }: Pick<Answer, 'status' | 'text'>,
  { of, fresh }: Pick<Case, 'of' | 'fresh'>
): string {
  const { mark: _mark, organisation, person, token, ...texts } = of
  const { id, eui, phoneNumber } = fresh
  let plain = text
    .replace(new RegExp(`\\b(person|token) (?:${person}|${token})\\b`, 'g'), '$1 <id>')
    .replaceAll(`organisation ${organisation}:`, 'organisation <organisation>:')
    .replace(
      /"(?:challenge|ticket|pairing|code|secret|uri|qr|expiresAt|now|lastUsedAt|lastSeenAt)":(?:null|"(?:[^"\\]|\\.)*")/g,
      ''
    )
  for (const one of [...Object.values(texts), id, eui, phoneNumber]) plain = plain.replaceAll(one, '<id>')
  return `${status} ${plain}`
}

/** Files of the console and of the page that shows the API: the same for everybody. */
function isPage(url: string): boolean {
  if (/^\/api\/docs(?:\/|\/static\/.*)?$/.test(url)) return true
  return !url.startsWith('/api/') && routeExamples[`GET ${url}`] === undefined && existsSync(`${console}${url}`)
}

function accessOf({ action }: RouteExample, access: unknown): Question['access'] {
  const said = (action ?? access) as Action | 'open' | 'own' | 'known' | readonly Action[]
  if (said === 'open' || said === 'own' || said === 'known') return said
  return [said].flat()
}

const cookieOf = (secret: string) => ({ cookie: `__Host-sen_session=${secret}` })

/** A case about things of others, or of nobody. */
export function caseOf(own: Things, of: Things, fresh: Fresh): Case {
  return { own, of, fresh }
}
