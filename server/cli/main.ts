#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { SenError } from '../../model/errors.ts'
import { hopelessExitCode } from '../supervisor.ts'
/** Errors that starting again would not mend. */
const hopeless = ['SEN_SETTING_INVALID', 'SEN_DATA_LOCKED', 'SEN_PROFILE_INVALID']

const sen = new Command('sen')
  .description('Sen: telemetry of a province, from the published message to the stored reading')
  .showHelpAfterError()
  .exitOverride()

/** Commands by the module that has them. Only the one asked for is loaded: the others bring the whole server with them. */
const modules = {
  start: () => import('./start.ts'),
  serve: () => import('./start.ts'),
  simulate: () => import('./simulate.ts'),
  load: () => import('./load.ts'),
  token: () => import('./registry-commands.ts'),
  organisation: () => import('./registry-commands.ts'),
  site: () => import('./registry-commands.ts'),
  device: () => import('./registry-commands.ts'),
  connector: () => import('./registry-commands.ts'),
  decode: () => import('./decode.ts'),
  run: () => import('./run.ts')
}

const asked = Object.entries(modules).find(([name]) => name === process.argv[2])
const loaders = asked ? [asked[1]] : [...new Set(Object.values(modules))]
const added = new Set<string>()
for (const { commands } of await Promise.all(loaders.map(loader => loader()))) {
  for (const command of commands()) {
    if (added.has(command.name())) continue
    added.add(command.name())
    sen.addCommand(command, { hidden: command.name() === 'run' })
  }
}

try {
  await sen.parseAsync()
} catch (error) {
  process.exitCode = report(error)
}

/** One clear line, and what to do. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode
  if (!(error instanceof SenError)) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    return 1
  }
  process.stderr.write(`${error.code}: ${error.message}\n`)
  if (error.hint !== undefined) process.stderr.write(`${error.hint}\n`)
  return hopeless.includes(error.code) ? hopelessExitCode : 1
}
