import { Command } from 'commander'
import { withLocalApi } from './local-api.ts'
import { printLogin } from './print-login.ts'
import { printRows } from './print-rows.ts'

/** `… credential list|add|remove`: the logins of one device or site, one by one. @param path - of its kind in the API. */
export function credentialCommand(path: 'devices' | 'sites', word: 'device' | 'site'): Command {
  const credentials = (id: string): string => `/api/v1/${path}/${encodeURIComponent(id)}/credentials`
  const command = new Command('credential').description(`logins of a ${word}`)
  command
    .command('list <id>')
    .description('lists them: id of the login, user name, when it was made (tab separated)')
    .action(async (id: string) => {
      const { items } = (await withLocalApi(api => api.call('GET', credentials(id)))) as {
        readonly items: readonly { readonly id: string; readonly username: string; readonly createdAt: string }[]
      }
      printRows(items.map(one => [one.id, one.username, one.createdAt]))
    })
  command
    .command('add <id>')
    .description('prints one more login (user name, password; tab separated; shown this once); earlier ones stay good')
    .action(async (id: string) => {
      printLogin(await withLocalApi(api => api.call('POST', credentials(id))))
    })
  command
    .command('remove <id> <login>')
    .description('ends one, by the id that "list" prints; who is in by that user name has to come again')
    .action(async (id: string, login: string) => {
      await withLocalApi(api => api.call('DELETE', `${credentials(id)}/${encodeURIComponent(login)}`))
    })
  return command
}
