import { join } from 'node:path'
import type { Settings } from './config.ts'

/** @returns the path of the Unix socket by which this machine's administrator reaches a running server. */
export function socketPathOf(settings: Pick<Settings, 'SEN_DATA'>): string {
  return join(settings.SEN_DATA, 'sen.sock')
}
