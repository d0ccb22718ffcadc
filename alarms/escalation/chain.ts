import type { EscalationPolicy } from '../../model/escalation-policy.ts'
import type { ToldRecipient } from '../../model/recipient.ts'
import { severities } from '../../model/rule.ts'
import type { Severity } from '../../model/rule.ts'
import { membersOf } from './duty.ts'
import type { Roster, Situation } from './situation.ts'

/** Who is told of an alarm, one stage after the other. */
export interface Chain {
  /** `undefined`: nobody said who; those whose scope fits, from the alarm's own organisation upwards. */
  readonly policy: EscalationPolicy | undefined
  /** How many stages; who stands in one depends on the time. */
  readonly stages: number
  /** Those of a stage who may be told of it, at a moment. */
  readonly members: (stage: number, at: number) => readonly ToldRecipient[]
}

const rank = (severity: Severity): number => severities.indexOf(severity)

/** @returns the chains that run for an alarm, side by side; none if nobody can be told. */
export function chainsOf(situation: Situation, roster: Roster, at: number): readonly Chain[] {
  const { alarm } = situation
  const covering = roster.policies.filter(policy => policy.isEnabled && covers(policy, situation))
  const chains = covering
    .filter(({ minimum }) => rank(alarm.severity) >= rank(minimum))
    .map(policy => chainOf(policy, situation, roster))
    .filter(chain => isAnybody(chain, at))
  const isOpen = chains.length === 0 && (covering.length === 0 || alarm.severity === 'critical')
  return isOpen ? [defaultChain(situation, roster)].filter(chain => isAnybody(chain, at)) : chains
}

function covers({ organisation, sites, tags }: EscalationPolicy, situation: Situation): boolean {
  if (!situation.organisations.includes(organisation)) return false
  return isAt(sites, tags, situation)
}

function isAt(
  sites: readonly string[] | undefined,
  tags: readonly string[] | undefined,
  { alarm, tags: own }: Situation
): boolean {
  if (sites && (alarm.site === undefined || !sites.includes(alarm.site))) return false
  return !tags || tags.some(tag => own.includes(tag))
}

/** @returns whether somebody is told of such an alarm at all. */
export function fits(recipient: ToldRecipient, situation: Situation, roster: Roster): boolean {
  const { isEnabled, organisation, scope, channels } = recipient
  if (!isEnabled || !situation.organisations.includes(organisation)) return false
  if (rank(situation.alarm.severity) < rank(scope.minimum)) return false
  return isAt(scope.sites, scope.tags, situation) && channels.some(id => roster.channels.has(id))
}

function chainOf(policy: EscalationPolicy, situation: Situation, roster: Roster): Chain {
  return {
    policy,
    stages: policy.chain.length,
    members: (index, at) => {
      const stage = policy.chain[index]
      if (!stage) return []
      return membersOf(stage, roster.rotas, at).flatMap(id => {
        const recipient = roster.recipients.get(id)
        return recipient && fits(recipient, situation, roster) ? recipient : []
      })
    }
  }
}

function defaultChain(situation: Situation, roster: Roster): Chain {
  const fitting = [...roster.recipients.values()]
    .filter(recipient => fits(recipient, situation, roster))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  const stages = situation.organisations
    .map(organisation => fitting.filter(recipient => recipient.organisation === organisation))
    .filter(stage => stage.length > 0)
  return { policy: undefined, stages: stages.length, members: index => stages[index] ?? [] }
}

function isAnybody({ stages, members }: Chain, at: number): boolean {
  return Array.from({ length: stages }).some((_, index) => members(index, at).length > 0)
}
