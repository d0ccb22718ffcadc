import { Command } from 'commander'
import { KeyFile } from '../auth/key-file.ts'
import { settingsOf } from '../config.ts'
import { keyFilePath } from '../wire/key-file.ts'

/** `sen key`: the key of secrets at rest. */
export function commands(): readonly Command[] {
  const command = new Command('key').description('the key file: what seals secrets at rest')
  command
    .command('rotate')
    .description('puts a new key on top of the key file; the next start seals with it (the others stay: keep a copy)')
    .action(() => {
      const path = keyFilePath(settingsOf(process.env))
      KeyFile.rotate(path)
      process.stderr.write(`${path} has a new key; start Sen again, and keep a copy of the file apart from the data\n`)
    })
  return [command]
}
