/** What a call came to; `code` and `message` as gRPC has them (0 is "OK"), `unreachable` where no gRPC answer came. */
export type GrpcOutcome =
  | { readonly kind: 'answered'; readonly code: number; readonly message: string }
  | { readonly kind: 'unreachable'; readonly detail: string }

interface GrpcCall {
  /** Where the server listens, without a path: `http://10.0.0.5:8080`. */
  readonly url: string
  /** `<package>.<Service>/<Method>` */
  readonly method: string
  /** The message in protobuf's encoding. */
  readonly message: Uint8Array
  readonly bearer: string
  readonly timeoutMs: number
}

const frameHeaderBytes = 5
const trailersFlag = 0x80

/**
 * Makes a unary call whose answer holds nothing but its status, over gRPC-Web: HTTP/1.1 and the same port as the server's
 * own web pages, through any proxy that lets those through.
 *
 * Source: grpc/grpc doc/PROTOCOL-WEB.md: length-prefixed frames as in gRPC; the trailers are a last frame whose flag has
 * its highest bit set, or stand in the headers where there is no body.
 */
export async function callGrpcWeb({ url, method, message, bearer, timeoutMs }: GrpcCall): Promise<GrpcOutcome> {
  const body = new Uint8Array(frameHeaderBytes + message.length)
  new DataView(body.buffer).setUint32(1, message.length)
  body.set(message, frameHeaderBytes)
  try {
    const response = await fetch(`${url}/${method}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/grpc-web+proto',
        accept: 'application/grpc-web+proto',
        'x-grpc-web': '1',
        authorization: `Bearer ${bearer}`
      },
      body,
      // The key must not follow to wherever an answer points.
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs)
    })
    const answer = new Uint8Array(await response.arrayBuffer())
    const inHeaders = statusIn(name => response.headers.get(name))
    const status = inHeaders ?? statusInBody(answer)
    return status ?? { kind: 'unreachable', detail: `HTTP ${response.status}, and no gRPC status: not its API` }
  } catch (cause) {
    return { kind: 'unreachable', detail: reasonOf(cause) }
  }
}

/** @returns why `fetch` failed: its own message hides that in the cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

function statusInBody(answer: Uint8Array): GrpcOutcome | undefined {
  const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength)
  for (let at = 0; at + frameHeaderBytes <= answer.length;) {
    const end = at + frameHeaderBytes + view.getUint32(at + 1)
    if (end > answer.length) return undefined
    if (((answer[at] ?? 0) & trailersFlag) !== 0) {
      const lines = new TextDecoder().decode(answer.subarray(at + frameHeaderBytes, end)).split('\r\n')
      const trailers = new Map(
        lines.map(line => [line.split(':', 1)[0]?.toLowerCase(), line.replace(/^[^:]*:\s*/, '')])
      )
      return statusIn(name => trailers.get(name))
    }
    at = end
  }
  return undefined
}

function statusIn(get: (name: string) => string | null | undefined): GrpcOutcome | undefined {
  const code = get('grpc-status')
  if (code == null || !/^\d+$/.test(code)) return undefined
  return { kind: 'answered', code: Number(code), message: unescaped(get('grpc-message') ?? '') }
}

/** Percent-encoded, as gRPC has it. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
