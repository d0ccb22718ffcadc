import { Command, Option } from 'commander'
import { rootOrganisation } from '../../model/registry.ts'
import { withLocalApi } from './local-api.ts'
import { printRows } from './print-rows.ts'

/** `sen user`: people who use Sen. */
export function commands(): readonly Command[] {
  const command = new Command('user').description('people: who uses Sen')
  for (const one of [addCommand(), listCommand(), inviteCommand(), unlockCommand(), disableCommand()]) {
    command.addCommand(one)
  }
  return [command]
}

interface Person {
  readonly id: number
  readonly name: string
  readonly login: string | null
  readonly phone: string | null
  readonly organisation: string
  readonly state: string
  readonly isLocked: boolean
  readonly grants: readonly { readonly role: string; readonly organisation: string }[]
}

interface Invitation {
  readonly url: string
  readonly code: string
  readonly expiresAt: string
}

const wants = () =>
  new Option('--for <what>', 'phone: a key and a PIN; console: login name and password').choices(['phone', 'console'])

/** `sen user add NAME --role R` */
function addCommand(): Command {
  return new Command('add')
    .argument('<name>', 'the person’s name')
    .description('adds a person and prints link and one-time code, to be handed over by different ways (shown once)')
    .requiredOption(
      '--role <role>',
      'administrator, operator, technician, farmer, viewer, reporter, auditor or your own'
    )
    .option('--organisation <id>', 'the unit, and the subtree that the role is for', rootOrganisation)
    .option('--phone <number>', 'phone number')
    .option('--email <address>', 'mail address')
    .addOption(wants().default('console'))
    .action(async (name: string, options: Readonly<Record<'role' | 'organisation' | 'for', string>>) => {
      const { role, organisation, for: invite, ...contact } = options
      const kind = role === 'administrator' ? 'administrator' : role === 'technician' ? 'technical' : 'operational'
      const body = { name, ...contact, kind, organisation, grants: [{ role, organisation }], invite }
      const answer = await withLocalApi(api => api.call('POST', '/api/v1/people', body))
      const { person, invitation } = answer as { readonly person: Person; readonly invitation: Invitation }
      process.stderr.write(`person ${person.id}\n`)
      printInvitation(invitation)
    })
}

/** `sen user list` */
function listCommand(): Command {
  return new Command('list')
    .description('lists people: id, state, login, phone, unit, roles, name (tab separated)')
    .option('--query <text>', 'part of a name, login, phone or mail address')
    .action(async ({ query }: { query?: string }) => {
      await withLocalApi(async api => {
        for (let cursor: number | null = 0; cursor !== null;) {
          const words: URLSearchParams = new URLSearchParams({
            limit: '500',
            cursor: String(cursor),
            ...(query !== undefined && { query })
          })
          const page = (await api.call('GET', `/api/v1/people?${words}`)) as {
            readonly items: readonly Person[]
            readonly cursor: number | null
          }
          printRows(page.items.map(rowOf))
          cursor = page.cursor
        }
      })
    })
}

function rowOf({ id, state, isLocked, login, phone, organisation, grants, name }: Person) {
  const roles = grants.map(one => `${one.role}@${one.organisation}`).join(' ')
  return [id, isLocked ? 'locked' : state, login ?? '', phone ?? '', organisation, roles, name]
}

/** `sen user invite ID` */
function inviteCommand(): Command {
  return new Command('invite')
    .argument('<id>', 'the person’s number')
    .description('invites a person anew and prints link and one-time code (shown once)')
    .addOption(wants().default('console'))
    .action(async (id: string, options: { for: string }) => {
      const body = { wants: options.for }
      const path = `/api/v1/people/${encodeURIComponent(id)}/invitations`
      printInvitation((await withLocalApi(api => api.call('POST', path, body))) as Invitation)
    })
}

/** `sen user unlock ID --reason …` */
function unlockCommand(): Command {
  return new Command('unlock')
    .argument('<id>', 'the person’s number')
    .description('opens password login again before its time; it stands in the audit log')
    .requiredOption('--reason <text>', 'why')
    .action(async (id: string, { reason }: { reason: string }) => {
      await withLocalApi(api => api.call('POST', `/api/v1/people/${encodeURIComponent(id)}/unlock`, { reason }))
    })
}

/** `sen user disable ID` */
function disableCommand(): Command {
  return new Command('disable')
    .argument('<id>', 'the person’s number')
    .description('closes an account and signs its person out everywhere')
    .action(async (id: string) => {
      await withLocalApi(api => api.call('PATCH', `/api/v1/people/${encodeURIComponent(id)}`, { state: 'disabled' }))
    })
}

/** As scripts read it: link, code, end; tab separated. */
function printInvitation({ url, code, expiresAt }: Invitation): void {
  printRows([[url, code, expiresAt]])
}
