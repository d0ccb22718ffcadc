/**
 * Every error code Sen throws. Each has its meaning and remedy in `docs/errors.md`; a test holds the two lists equal.
 */
export const errorCodes = [
  'SEN_SETTING_INVALID',
  'SEN_DATA_LOCKED',
  'SEN_INPUT_INVALID',
  'SEN_IMPLAUSIBLE',
  'SEN_NOT_FOUND',
  'SEN_CONFLICT',
  'SEN_UNAUTHENTICATED',
  'SEN_FORBIDDEN',
  'SEN_TLS_REQUIRED',
  'SEN_SECOND_FACTOR',
  'SEN_TRIES',
  'SEN_DEVICE_UNKNOWN',
  'SEN_KEY_FILE',
  'SEN_AUDIT_DAMAGED',
  'SEN_PAYLOAD_TOO_LARGE',
  'SEN_MEDIA_UNSUPPORTED',
  'SEN_OVERLOADED',
  'SEN_QUOTA',
  'SEN_JOURNAL_FULL',
  'SEN_JOURNAL_FAILED',
  'SEN_JOURNAL_DAMAGED',
  'SEN_JOURNAL_CLOSED',
  'SEN_SERIES_FAILED',
  'SEN_QUERY_LIMIT',
  'SEN_STATE_FAILED',
  'SEN_CODEC_INVALID',
  'SEN_PROFILE_INVALID',
  'SEN_RULE_INVALID',
  'SEN_THREAD_DIED',
  'SEN_CONNECTOR_FAILED',
  'SEN_INTERNAL'
] as const

export type ErrorCode = (typeof errorCodes)[number]

/** @returns the words of whatever was thrown. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

interface SenErrorOptions {
  readonly cause?: unknown
  readonly hint?: string
  readonly retryAfterS?: number
  readonly triesLeft?: number
}

/**
 * An error that the caller cannot use as a value. The message reads "operation object: cause" and names the offending value.
 *
 * `hint` tells the operator what to do; `code` is stable and stands in HTTP problem documents; `retryAfterS`: when the same
 * would be taken; `triesLeft`: how often one may be wrong until the door closes.
 */
export class SenError extends Error {
  override readonly name = 'SenError'
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly retryAfterS: number | undefined
  readonly triesLeft: number | undefined

  constructor(code: ErrorCode, message: string, options: SenErrorOptions = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.hint = options.hint
    this.retryAfterS = options.retryAfterS
    this.triesLeft = options.triesLeft
  }
}
