import { SenError } from '../../model/errors.ts'
import { acks } from './acks/scenario.ts'
import { batteryDecay } from './battery-decay/scenario.ts'
import { flood } from './flood/scenario.ts'
import { gatewayFailure } from './gateway-failure/scenario.ts'
import { joins } from './joins/scenario.ts'
import { replacement } from './replacement/scenario.ts'
import type { Scenario } from './scenario.ts'
import { threeDaysWithoutCoverage } from './three-days-without-coverage/scenario.ts'
import { wrongClock } from './wrong-clock/scenario.ts'
import { wrongCodec } from './wrong-codec/scenario.ts'

/** Every scenario there is, in the order in which `sen simulate --help` lists them. */
export const scenarios: readonly Scenario[] = [
  flood,
  threeDaysWithoutCoverage,
  wrongCodec,
  replacement,
  joins,
  acks,
  gatewayFailure,
  wrongClock,
  batteryDecay
]

/** @throws SenError SEN_NOT_FOUND, which names those there are. */
export function scenarioOf(name: string): Scenario {
  const found = scenarios.find(one => one.name === name)
  if (found) return found
  throw new SenError('SEN_NOT_FOUND', `find scenario ${name}: there is none`, {
    hint: `There are ${scenarios.map(one => one.name).join(', ')}.`
  })
}
