import { CommanderError } from 'commander'
import { SenError } from '../../model/errors.ts'
import { hopelessExitCode } from '../supervisor.ts'

/** Errors that starting again would not mend. */
const hopeless = ['SEN_SETTING_INVALID', 'SEN_DATA_LOCKED', 'SEN_PROFILE_INVALID', 'SEN_KEY_FILE']

/** Says on standard error what went wrong, in one clear line, and what to do. @returns the exit code. */
export function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode
  if (!(error instanceof SenError)) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    return 1
  }
  process.stderr.write(`${error.code}: ${error.message}\n`)
  if (error.hint !== undefined) process.stderr.write(`${error.hint}\n`)
  return hopeless.includes(error.code) ? hopelessExitCode : 1
}
