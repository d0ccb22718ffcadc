#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { SenError } from '../../model/errors.ts'
import { hopelessExitCode } from '../supervisor.ts'
import { decodeCommand } from './decode.ts'
import { loadCommand } from './load.ts'
import { connectorCommand, deviceCommand, organisationCommand, siteCommand, tokenCommand } from './registry-commands.ts'
import { runCommand } from './run.ts'
import { simulateCommand } from './simulate.ts'
import { startCommands } from './start.ts'

/** Errors that starting again would not mend. */
const hopeless = ['SEN_SETTING_INVALID', 'SEN_DATA_LOCKED', 'SEN_PROFILE_INVALID']

const sen = new Command('sen')
  .description('Sen: telemetry of a province, from the published message to the stored reading')
  .showHelpAfterError()
  .exitOverride()

for (const command of [
  ...startCommands(),
  simulateCommand(),
  loadCommand(),
  tokenCommand(),
  organisationCommand(),
  siteCommand(),
  deviceCommand(),
  connectorCommand(),
  decodeCommand()
]) {
  sen.addCommand(command)
}
sen.addCommand(runCommand(), { hidden: true })

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
