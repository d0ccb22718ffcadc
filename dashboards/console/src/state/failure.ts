import { LinkError } from '../api/http.ts'
import { ApiError } from '../api/problem.ts'

/** Why something did not work, for people to read. */
export type Failure =
  | { readonly kind: 'unreachable' | 'too-slow' | 'cancelled' }
  | { readonly kind: 'unexpected'; readonly detail: string }
  | {
      readonly kind: 'refused'
      readonly status: number
      readonly code: string | undefined
      readonly detail: string
      readonly triesLeft: number | undefined
      /** When the server wants to be asked again, ms since the epoch. */
      readonly retryAt: number | undefined
    }

/** @param now - wall time, ms since the epoch. */
export function failureOf(error: unknown, now: number): Failure {
  if (error instanceof LinkError) return { kind: error.reason }
  if (error instanceof ApiError) {
    const { status, code, message, triesLeft, retryAfterS } = error
    const retryAt = retryAfterS === undefined ? undefined : now + retryAfterS * 1_000
    return { kind: 'refused', status, code, detail: message, triesLeft, retryAt }
  }
  // What browsers say when a person closes the fingerprint sheet or lets it time out.
  if (error instanceof Error && (error.name === 'NotAllowedError' || error.name === 'AbortError'))
    return { kind: 'cancelled' }
  return { kind: 'unexpected', detail: error instanceof Error ? error.message : String(error) }
}

/** Whether the server refused with this code of Sen's. */
export function isRefusal(failure: Failure | undefined, code: string): boolean {
  return failure?.kind === 'refused' && failure.code === code
}
