import { SenError, messageOf } from '../model/errors.ts'
import type { ErrorCode } from '../model/errors.ts'

/** Why a trial of a rule came to nothing. */
export interface PreviewFailure {
  readonly code: ErrorCode
  readonly message: string
}

/** What was thrown, as it can cross between threads and stand in an answer. */
export function failureOf(cause: unknown): PreviewFailure {
  return { code: cause instanceof SenError ? cause.code : 'SEN_INTERNAL', message: messageOf(cause) }
}
