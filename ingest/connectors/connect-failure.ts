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

/** @returns in words why a connection failed; never empty. Network errors hold addresses, never a password. */
export function failureText(error: unknown): string {
  if (error instanceof ErrorWithReasonCode) return refusals.get(error.code) ?? error.message
  if (error instanceof AggregateError && error.message === '') return error.errors.map(failureText).join('; ')
  const code = error instanceof Error && 'code' in error ? distrust.get(String(error.code)) : undefined
  if (code !== undefined) return code
  return error instanceof Error && error.message !== '' ? error.message : String(error)
}

/** @returns in words what a broker's DISCONNECT says (MQTT 5 only). */
export function disconnectText(reasonCode: number | undefined): string {
  return refusals.get(reasonCode ?? 0) ?? `the broker ended the connection (reason ${reasonCode ?? 0})`
}
