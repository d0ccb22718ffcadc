import { scaledClock, systemClock } from '../../model/clock.ts'
import type { ClockSetting } from '../../model/clock.ts'
import { SenError } from '../../model/errors.ts'
import { play } from '../../simulators/scenarios/play.ts'
import type { Scenario } from '../../simulators/scenarios/scenario.ts'
import { scenarioOf, scenarios } from '../../simulators/scenarios/scenarios.ts'
import { threadLog } from '../log.ts'
import { withLocalApi } from './local-api.ts'

interface ScenarioOptions {
  readonly scenario: string
  readonly seed: number
  readonly paced?: boolean
  readonly url?: string
}

/** `sen simulate --scenario NAME`: plays it on the running server. */
export async function playScenario({ scenario: name, seed, paced = false, url }: ScenarioOptions): Promise<void> {
  const scenario = scenarioOf(name)
  const stopping = new AbortController()
  process.once('SIGINT', () => {
    stopping.abort()
  })
  const { title, happens, shows, takesItsTime = false } = scenario
  process.stderr.write(`${title.vi} / ${title.en}\n\n${happens.vi}\n${happens.en}\n\n`)
  const { published, calls } = await withLocalApi(async api => {
    const system = (await api.call('GET', '/api/v1/system')) as {
      readonly mqtt: string | null
      readonly clock: ClockSetting | null
    }
    const address = url ?? system.mqtt
    if (address === null)
      throw new SenError('SEN_INPUT_INVALID', 'simulate: no server with an MQTT door runs on this data folder', {
        hint: 'Start one with "npm start".'
      })
    const { clock } = system
    if (paced || takesItsTime) process.stderr.write(`${durationOf(scenario, clock?.speed ?? 1)}\n\n`)
    return play(scenario, {
      url: address,
      api,
      clock: clock ? scaledClock(clock.speed, clock.at, clock.now) : systemClock,
      seed,
      isPaced: paced,
      signal: stopping.signal,
      log: threadLog('simulator', { SEN_LOG: 'warn' }),
      onProgress: report => {
        const percent = Math.floor(report.share * 100)
        process.stderr.write(`${percent} %: published ${report.published}, acknowledged ${report.acknowledged}\n`)
      }
    })
  })
  process.stderr.write(`published ${published} messages, ${calls} other steps\n\n${shows.vi}\n${shows.en}\n`)
}

function durationOf({ lastsMs }: Scenario, speed: number): string {
  const minutes = Math.round(lastsMs / 60_000)
  const seconds = Math.round(lastsMs / 1000 / speed)
  const hint =
    speed === 1 ? ' (a demo that was started with "npm start -- --no-simulator --speed 360" needs seconds)' : ''
  return `takes its time: ${minutes} minutes of the server's clock, ${seconds} s at its speed${hint}`
}

/** What `sen simulate --help` says of them. */
export function scenarioList(): string {
  const lines = scenarios.flatMap(({ name, title, happens, shows }) => [
    `  ${name}: ${title.vi} / ${title.en}`,
    ...[happens.en, `→ ${shows.en}`].map(text => `      ${text}`)
  ])
  return `\nScenarios:\n${lines.join('\n')}\n`
}
