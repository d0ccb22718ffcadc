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

/** @returns in words why a connection failed; never empty. Network errors hold addresses, never a password. */
export function failureText(error: unknown): string {
  if (error instanceof ErrorWithReasonCode) return refusals.get(error.code) ?? error.message
  if (error instanceof AggregateError && error.message === '') return error.errors.map(failureText).join('; ')
  return error instanceof Error && error.message !== '' ? error.message : String(error)
}

/** @returns in words what a broker's DISCONNECT says (MQTT 5 only). */
export function disconnectText(reasonCode: number | undefined): string {
  return refusals.get(reasonCode ?? 0) ?? `the broker ended the connection (reason ${reasonCode ?? 0})`
}
