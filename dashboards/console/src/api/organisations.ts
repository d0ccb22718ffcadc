import type { Http } from './http.ts'
import { wholeList } from './pages.ts'
import { organisation, type Organisation } from './resources.ts'

/** @returns the organisations that the session may see. */
export function listOrganisations(http: Http, signal: AbortSignal): Promise<readonly Organisation[]> {
  return wholeList(http, 'organisations', organisation, { signal })
}
