import { generate } from 'otplib'

/** @returns the code that an authenticator shows now, or so many steps later. */
export function codeOf(secret: string, stepsLater = 0): Promise<string> {
  return generate({ secret, epoch: Math.floor(Date.now() / 1000) + stepsLater * 30 })
}
