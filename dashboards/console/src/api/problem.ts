import { number, object, optional, text } from './shape.ts'

const problem = object({
  title: optional(text),
  detail: optional(text),
  code: optional(text),
  hint: optional(text),
  triesLeft: optional(number)
})

interface Refusal {
  readonly code?: string | undefined
  readonly hint?: string | undefined
  /** Seconds after which the server wants to be asked again. */
  readonly retryAfterS?: number | undefined
  /** How many more wrong codes or PINs are allowed, where the server says so. */
  readonly triesLeft?: number | undefined
}

/** The server answered, but not with what was asked for. `status` is the HTTP status, `code` one of Sen's error codes. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly code: string | undefined
  readonly hint: string | undefined
  readonly retryAfterS: number | undefined
  readonly triesLeft: number | undefined

  constructor(status: number, message: string, refusal: Refusal = {}) {
    super(message)
    this.status = status
    this.code = refusal.code
    this.hint = refusal.hint
    this.retryAfterS = refusal.retryAfterS
    this.triesLeft = refusal.triesLeft
  }
}

/** Reads why `response` refuses: an RFC 9457 problem document, or nothing but its status where a proxy answered instead. */
export async function refusalOf(response: Response): Promise<ApiError> {
  const retryAfterS = Number(response.headers.get('retry-after') ?? Number.NaN)
  const wait = Number.isFinite(retryAfterS) ? { retryAfterS } : {}
  try {
    const { title, detail, ...rest } = problem(await response.json(), 'problem')
    return new ApiError(response.status, detail ?? title ?? `HTTP ${response.status}`, { ...rest, ...wait })
  } catch {
    return new ApiError(response.status, `HTTP ${response.status}`, wait)
  }
}
