import { destination, pino } from 'pino'
import type { Log } from '../model/log.ts'
import type { Settings } from './config.ts'

/** @returns this thread's log: JSON lines on standard error, written at once so that the last words are not lost. */
export function threadLog(thread: string, settings: Pick<Settings, 'SEN_LOG'>): Log {
  const log = pino(
    { level: settings.SEN_LOG, base: { thread }, timestamp: () => `,"time":"${new Date().toISOString()}"` },
    destination({ fd: 2, sync: true })
  )
  return {
    debug: (fields, message) => {
      log.debug(printable(fields), message)
    },
    info: (fields, message) => {
      log.info(printable(fields), message)
    },
    warn: (fields, message) => {
      log.warn(printable(fields), message)
    },
    error: (fields, message) => {
      log.error(printable(fields), message)
    }
  }
}

/** Errors have no own enumerable properties: their message, code and stack are what counts. */
function printable(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? pino.stdSerializers.err(value) : value
    ])
  )
}
