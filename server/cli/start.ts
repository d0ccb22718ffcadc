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
    .option(...trialOption)
    .action(async ({ trialCa, ...options }: DemoOptions & TrialOption) => {
      const demo = ['--demo', JSON.stringify(options)]
      process.exitCode = await new Supervisor(['run', ...demo, ...wordsOf({ trialCa })]).run()
    })
  const serve = new Command('serve')
    .description('runs Sen for production: no simulator, nobody gets in without a credential')
    .option(...trialOption)
    .action(async (options: TrialOption) => {
      process.exitCode = await new Supervisor(['run', ...wordsOf(options)]).run()
    })
  return [start, serve]
}

const trialOption = [
  '--trial-ca',
  'TLS for trials: makes an authority of its own, which phones install from the page /trial-ca'
] as const

interface TrialOption {
  readonly trialCa?: true | undefined
}

const wordsOf = ({ trialCa }: TrialOption): readonly string[] => (trialCa ? ['--trial-ca'] : [])

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
