import type { AddressInfo } from 'node:net'
import { SenError, messageOf } from '../model/errors.ts'

/** Opens a door; what stands in its way is named with the setting. */
export async function listening<T>(
  hostName: string,
  host: string,
  portName: string,
  port: number,
  open: () => Promise<T>
): Promise<T> {
  try {
    return await open()
  } catch (cause) {
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE'
    const what = isTaken
      ? `${portName}=${port}: the port is in use`
      : `${hostName}=${host} ${portName}=${port}: ${messageOf(cause)}`
    throw new SenError('SEN_SETTING_INVALID', `listen on ${what}`, { cause })
  }
}

/** @returns the address at which a door was opened. */
export function urlOf(protocol: string, address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') return ''
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `${protocol}://${host}:${address.port}`
}
