import { DataLock } from '../../storage/state/data-lock.ts'
import type { Settings } from '../config.ts'

/** @returns the right to be the only Sen on these data. */
export function lockData(settings: Settings): DataLock {
  return DataLock.take(settings.SEN_DATA)
}
