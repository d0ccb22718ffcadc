import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON
} from '@simplewebauthn/browser'
import type { Parse } from './shape.ts'

export type PasskeyAnswer = AuthenticationResponseJSON
export type NewPasskey = RegistrationResponseJSON

/** What a browser needs to use a passkey; the browser itself checks the rest. Source: WebAuthn level 3, section 5.1.10. */
export const authenticationOptions: Parse<PublicKeyCredentialRequestOptionsJSON> = (value, path) => {
  if (isRequest(value)) return value
  throw new TypeError(`read ${path}: expected WebAuthn request options`)
}

/** What a browser needs to make a passkey. Source: WebAuthn level 3, section 5.1.9. */
export const registrationOptions: Parse<PublicKeyCredentialCreationOptionsJSON> = (value, path) => {
  if (isCreation(value)) return value
  throw new TypeError(`read ${path}: expected WebAuthn creation options`)
}

function hasChallenge(value: unknown): value is { readonly challenge: string } {
  return typeof value === 'object' && value !== null && 'challenge' in value && typeof value.challenge === 'string'
}

function isRequest(value: unknown): value is PublicKeyCredentialRequestOptionsJSON {
  return hasChallenge(value)
}

function isCreation(value: unknown): value is PublicKeyCredentialCreationOptionsJSON {
  return hasChallenge(value) && 'rp' in value && 'user' in value && 'pubKeyCredParams' in value
}
