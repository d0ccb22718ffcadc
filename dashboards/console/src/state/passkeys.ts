import {
  browserSupportsWebAuthn,
  browserSupportsWebAuthnAutofill,
  platformAuthenticatorIsAvailable,
  startAuthentication,
  startRegistration,
  WebAuthnAbortService
} from '@simplewebauthn/browser'
import type { AccountApi } from '../api/account.ts'
import type { SessionApi, SignedIn } from '../api/session.ts'

/** Whether passkeys work on this page: they need TLS (or localhost) and a name, an IP address will not do. */
export function hasPasskeys(): boolean {
  const isAddress = /^\[|^[\d.]+$/.test(location.hostname)
  return window.isSecureContext && !isAddress && browserSupportsWebAuthn()
}

/** Whether the machine itself can hold one (fingerprint, face, its own PIN). */
export async function hasFingerprint(): Promise<boolean> {
  return hasPasskeys() && (await platformAuthenticatorIsAvailable())
}

/** Whether the browser can offer passkeys among the suggestions of the name field. */
export async function hasSuggestions(): Promise<boolean> {
  return hasPasskeys() && (await browserSupportsWebAuthnAutofill())
}

/**
 * Signs in with a passkey of the person's choice.
 *
 * @param asSuggestion - waits quietly until the person picks one among the suggestions of the name field.
 */
export async function signInWithPasskey(api: SessionApi, asSuggestion: boolean): Promise<SignedIn> {
  const { ticket, options } = await api.passkeyOptions()
  const response = await startAuthentication({ optionsJSON: options, useBrowserAutofill: asSuggestion })
  return api.withPasskey(ticket, response)
}

/** Makes a passkey for the person who is signed in. */
export async function addPasskey(api: AccountApi, name: string): Promise<void> {
  const { ticket, options } = await api.passkeyOptions()
  const response = await startRegistration({ optionsJSON: options })
  await api.addPasskey(ticket, name, response)
}

/** Ends a quiet wait for a suggestion. */
export function endSuggestion(): void {
  WebAuthnAbortService.cancelCeremony()
}
