import { Command, InvalidArgumentError } from 'commander'
import { Supervisor } from '../supervisor.ts'

/** `sen start`: everything on one machine with the simulated province; `sen serve`: production. */
export function commands(): readonly Command[] {
  const start = new Command('start')
    .description('runs Sen with the simulated province on this machine (demo)')
    .option('--devices <n>', 'simulated LoRaWAN devices', wholeNumber, 60)
    .option('--rate <n>', 'simulated messages a second', positive, 5)
    .option('--speed <n>', 'how fast time runs: 60 makes an hour of a minute', positive, 1)
    .option('--seed <n>', 'which simulated province', wholeNumber, 1)
    .option('--no-simulator', 'publishes nothing; the demo is otherwise the same')
    .action(async (options: DemoOptions) => {
      process.exitCode = await new Supervisor(['run', '--demo', JSON.stringify(options)]).run()
    })
  const serve = new Command('serve')
    .description('runs Sen for production: no simulator, nobody gets in without a credential')
    .action(async () => {
      process.exitCode = await new Supervisor(['run']).run()
    })
  return [start, serve]
}

/** What `sen start` is asked for. */
export interface DemoOptions {
  readonly devices: number
  readonly rate: number
  readonly speed: number
  readonly seed: number
  readonly simulator: boolean
}

/** Parses an option: a whole number from 0. */
export function wholeNumber(text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= 0) return number
  throw new InvalidArgumentError('must be a whole number from 0')
}

/** Parses an option: a number above 0. */
export function positive(text: string): number {
  const number = Number(text)
  if (Number.isFinite(number) && number > 0) return number
  throw new InvalidArgumentError('must be a number above 0')
}
