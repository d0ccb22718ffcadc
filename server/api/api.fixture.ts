import { afterEach } from 'vitest'
import type { Role } from '../../storage/state/state-store.ts'
import { started } from '../administration.fixture.ts'
import type { Process } from '../administration.fixture.ts'
import { SessionBook } from '../auth/session-book.ts'
import { httpServer } from '../http.ts'
import { SeriesCatalogue } from '../series-catalogue.ts'
import type { Services } from '../services.ts'

/* For tests: the HTTP API over a real administration, without sockets; there are no readings behind it. */

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** What a request came to. */
export interface Answer {
  readonly status: number
  /** The body, read as JSON; `undefined` where there is none. */
  readonly body: unknown
}

/** Somebody who asks. @param path - below `/api/v1`. */
export type Caller = (method: Method, path: string, body?: unknown) => Promise<Answer>

export interface Api {
  readonly process: Process
  /** Somebody with a token of this role for this organisation; a stranger without. */
  as(role?: Role, organisation?: string): Promise<Caller>
}

const opened: { close(): PromiseLike<void> }[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map(app => app.close()))
})

/** An API with nothing but the root organisation, until the test ends. */
export async function startedApi(): Promise<Api> {
  const process = await started()
  const { registry, administration, credentials, tokens, clock, log } = process
  const own = { registry, administration, credentials, tokens, clock, log }
  const sessions = new SessionBook(clock)
  // `as`: the registry's routes use no other service.
  const services = { ...own, sessions, series: new SeriesCatalogue(), isDemo: false } as unknown as Services
  const app = await httpServer(services)
  await app.ready()
  opened.push(app)
  return {
    process,
    as: async (role, organisation = 'root') => {
      const token = role && (await administration.addToken({ name: role, role, organisation }, 1))
      return async (method, path, body) => {
        const answer = await app.inject({
          method,
          url: `/api/v1${path}`,
          headers: { ...(token && { authorization: `Bearer ${token}` }) },
          ...(body !== undefined && { payload: body as object })
        })
        return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json<unknown>() }
      }
    }
  }
}

/** The ids of a list's items. */
export function idsIn({ body }: Answer): readonly string[] {
  return (body as { readonly items: readonly { readonly id: string }[] }).items.map(({ id }) => id)
}
