import type { account as vi } from '../vi/account.ts'

export const account = {
  title: 'My account',
  who: 'Who I am',
  name: 'Full name',
  login: 'User name',
  phone: 'Phone',
  email: 'E-mail',
  grants: 'Rights',
  password: {
    title: 'Password',
    none: 'This account has no password.',
    expires: time => `Expires at ${time}.`,
    change: 'Change password',
    current: 'Current password',
    next: 'New password',
    wrong: 'The current password is not right.',
    changed: 'The password has been changed.'
  },
  factors: {
    title: 'Second factor',
    hint: 'Keeps the account safe even if the password leaks.',
    totp: 'Authenticator app',
    isOn: 'On',
    isOff: 'Off',
    turnOn: 'Turn on',
    turnOff: 'Turn off',
    scan: 'Scan this code with an authenticator app (Google Authenticator, Microsoft Authenticator, Aegis…).',
    qr: 'QR code for the authenticator app',
    byHand: 'Cannot scan? Enter this key in the app:',
    code: 'The 6 digits that the app shows now',
    confirm: 'Confirm',
    codeOff: 'Enter the code shown now to turn it off',
    recovery: 'Recovery codes',
    recoveryLeft: count => `${count} recovery ${count === '1' ? 'code' : 'codes'} left.`,
    recoveryRenew: 'Make new recovery codes',
    recoveryRenewHint: 'The old ones become void. Enter the code that the app shows now to confirm.',
    recoveryTitle: 'Keep the recovery codes',
    recoveryHint: 'Each works once when your phone is not at hand. They are shown only this once.',
    recoverySave: 'Download',
    recoveryFile: 'sen-recovery-codes.txt',
    recoveryKept: 'I have kept them'
  },
  passkeys: {
    title: 'Passkeys',
    hint: 'Fingerprint, face or security key; no password needed.',
    none: 'No passkey yet.',
    add: 'Add a passkey',
    name: 'Name of the passkey',
    nameHint: 'To recognise it, for instance “Office computer”.',
    unsupported: 'Passkeys work only when this page is opened by https:// and a domain name.',
    remove: name => `Remove the passkey “${name}”?`,
    removeHint: 'It can no longer be used to sign in.'
  },
  devices: {
    title: 'Enrolled devices',
    none: 'No device is enrolled yet.',
    kinds: { phone: 'Phone', display: 'Display' },
    remove: name => `Remove the device “${name}”?`,
    removeHint: 'It must be enrolled again before it can be used.'
  },
  sessions: {
    title: 'Open sessions',
    isThis: 'this session',
    end: 'End',
    endTitle: 'End this session?',
    endHint: 'Whoever uses it must sign in again.',
    via: {
      password: 'password',
      passkey: 'passkey',
      device: 'enrolled device',
      token: 'API token',
      demo: 'demo visitor'
    }
  },
  created: time => `Created ${time}`,
  lastUsed: time => `Last used ${time}`
} satisfies typeof vi
