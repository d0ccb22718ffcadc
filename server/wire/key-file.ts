import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Log } from '../../model/log.ts'
import { KeyFile } from '../auth/key-file.ts'
import type { Settings } from '../config.ts'

/** @throws SenError `SEN_KEY_FILE`. */
export function openKeyFile(settings: Settings): KeyFile {
  return KeyFile.open(keyFilePath(settings))
}

/** Makes the key file at the first start. */
export function prepareKeyFile(settings: Settings, log: Log): void {
  const path = keyFilePath(settings)
  if (KeyFile.create(path)) log.info({ path }, 'Key file made: keep a copy of it apart from the data')
  if (path.startsWith(join(settings.SEN_DATA, '/')))
    log.warn({ path }, 'The key file lies beside the data: whoever takes both can read its secrets; set SEN_KEY_FILE')
}

/** `SEN_KEY_FILE`; else beside the data where the demo made it; else in the user's own folder. */
export function keyFilePath(settings: Settings): string {
  if (settings.SEN_KEY_FILE !== undefined) return settings.SEN_KEY_FILE
  const beside = join(settings.SEN_DATA, 'key')
  return existsSync(beside) ? beside : join(homedir(), '.config', 'sen', 'key')
}
