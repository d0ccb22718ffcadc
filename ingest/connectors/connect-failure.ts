import { ErrorWithReasonCode } from 'mqtt'

/** What a broker's answer to CONNECT means: MQTT 3.1.1 table 3.1 and MQTT 5.0 section 3.2.2.2. */
const refusals: ReadonlyMap<number, string> = new Map([
  [1, 'the broker does not speak this version of MQTT'],
  [2, 'the broker refused the client id'],
  [3, 'the broker is not available'],
  [4, 'the broker refused the user name or password'],
  [5, 'the broker refused the user name or password'],
  [132, 'the broker does not speak this version of MQTT'],
  [133, 'the broker refused the client id'],
  [134, 'the broker refused the user name or password'],
  [135, 'the broker refused the user name or password'],
  [136, 'the broker is not available'],
  [142, 'another client took over the session: is a second Sen connected with the same client id?']
])

/** What a TLS handshake that fails means: codes of OpenSSL and Node. */
const distrust: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', "the server's certificate has ended"],
  ['CERT_NOT_YET_VALID', "the server's certificate is not valid yet: is a clock wrong?"],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', "the server's certificate is signed by itself: give it as the authority (ca)"],
  ['SELF_SIGNED_CERT_IN_CHAIN', "the authority of the server's certificate is not known: give it as ca"],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', "the authority of the server's certificate is not known: give it as ca"],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', "the authority of the server's certificate is not known: give it as ca"],
  ['ERR_TLS_CERT_ALTNAME_INVALID', "the server's certificate is for another name"]
])

/**
 * What the other end's TLS alert means: RFC 8446 section 6.2. With TLS 1.3 the answer to a client's certificate comes only after
 * the client took the connection to stand.
 */
const alerts: ReadonlyMap<number, string> = new Map([
  [40, 'the server ended the TLS handshake: it may ask for a certificate of Sen (cert and key)'],
  [42, "the server cannot read Sen's certificate"],
  [43, 'the server does not take this kind of certificate from Sen'],
  [44, "Sen's certificate is revoked"],
  [45, "Sen's certificate has ended: give the connection a new one (cert and key)"],
  [46, "the server does not accept Sen's certificate"],
  [48, "the server does not know the authority that signed Sen's certificate"],
  [49, "the server does not let in who shows Sen's certificate"],
  [70, 'the server speaks no version of TLS that Sen speaks'],
  [116, 'the server asks for a certificate of Sen: give the connection one (cert and key)']
])

/** @returns in words why a connection failed; never empty. Network errors hold addresses, never a password. */
export function failureText(error: unknown): string {
  if (error instanceof ErrorWithReasonCode) return refusals.get(error.code) ?? error.message
  if (error instanceof AggregateError && error.message === '') return error.errors.map(failureText).join('; ')
  const code = error instanceof Error && 'code' in error ? distrust.get(String(error.code)) : undefined
  if (code !== undefined) return code
  const alert = error instanceof Error ? /SSL alert number (\d+)/.exec(error.message)?.[1] : undefined
  if (alert !== undefined) return alerts.get(Number(alert)) ?? `the server ended the TLS handshake (alert ${alert})`
  return error instanceof Error && error.message !== '' ? error.message : String(error)
}

/** @returns in words what a broker's DISCONNECT says (MQTT 5 only). */
export function disconnectText(reasonCode: number | undefined): string {
  return refusals.get(reasonCode ?? 0) ?? `the broker ended the connection (reason ${reasonCode ?? 0})`
}

/** What is said of a connection that ended without a word. */
export const closedText = 'the connection was closed'

/** @returns in words what a connection means that ended without a word soon after it stood: MQTT 3.1.1 section 3.1.4 has no word for it. */
export function shortLivedText(clientId: string): string {
  return `${closedText} soon after it stood: is another client connected with the same client id (${clientId})?`
}

/** @returns in words that a broker ended the connection between the TLS handshake and its answer to CONNECT, as `reason` says. */
export function unansweredText(reason: string): string {
  return `${reason}; the server ended it after the TLS handshake and before it let Sen in: it may want another certificate of Sen`
}
