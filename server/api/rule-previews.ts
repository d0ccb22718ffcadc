import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { SenError } from '../../model/errors.ts'
import type { Rule } from '../../model/rule.ts'
import type { WhatIfAlarm } from '../../rules/replay/what-if.ts'
import type { Difference } from '../../rules/replay/difference.ts'
import type { Actor } from '../auth/authorise.ts'
import type { Preview } from '../previews.ts'
import { ruleOf } from '../rule-input.ts'
import type { Services } from '../services.ts'
import { authorOf, demand, may, requireActor } from './actor.ts'
import { demandSoundRule } from './rule-demand.ts'
import { newRuleBody } from './rules.ts'
import { isoOf, isoTime } from './times.ts'

const tags = ['rules']
const params = z.object({ preview: z.uuid() })
const longestMs = 366 * 86_400_000
/** As many alarms are listed; all are counted. */
const mostListed = 1000

/** What a rule would have found in the past: `POST /rules/preview` begins, `GET /rules/preview/{id}` tells how far it is. */
export function rulePreviewRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { previews, registry } = services

  app.post(
    '/rules/preview',
    {
      config: { access: 'change-rules' },
      schema: {
        tags,
        summary: 'Begins to try a rule over stored readings, beside the rule of the same id that is in force',
        body: z.object({ rule: newRuleBody, from: isoTime, to: isoTime })
      }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const { from, to } = request.body
      if (to <= from || to - from > longestMs)
        throw new SenError('SEN_INPUT_INVALID', `try rule: ${isoOf(from)} to ${isoOf(to)} is no time of up to 366 days`)
      const draft = ruleOf({ ...request.body.rule, isEnabled: true, version: 1, author: authorOf(actor).id })
      demand(services, actor, 'change-rules', draft.organisation, `organisation ${draft.organisation}`)
      demandSoundRule(services, actor, draft)
      const present = presentOf(actor, draft)
      const rule = { ...draft, version: (present?.version ?? 0) + 1 }
      const inForce = present?.isEnabled === true ? present : undefined
      const begun = previews.begin({ rule, inForce, from, to, asker: authorOf(actor).id })
      return reply.status(202).send(answerOf(begun))
    }
  )

  app.get(
    '/rules/preview/:preview',
    { config: { access: 'change-rules' }, schema: { tags, summary: 'How far a trial is, and what it found', params } },
    async request => answerOf(found(requireActor(request, services), request.params.preview))
  )

  app.delete(
    '/rules/preview/:preview',
    { config: { access: 'change-rules' }, schema: { tags, summary: 'Ends a trial, or forgets what it found', params } },
    async (request, reply) => {
      previews.cancel(found(requireActor(request, services), request.params.preview).id)
      return reply.status(204).send()
    }
  )

  /** The rule of this id, if it is the actor's to change: of others nobody learns that they are there. */
  function presentOf(actor: Actor, { id }: Rule): Rule | undefined {
    const present = registry.rules.get(id)
    return present && may(services, actor, 'change-rules', present.organisation) ? present : undefined
  }

  function found(actor: Actor, id: string): Preview {
    const preview = previews.get(id)
    if (preview?.asker === authorOf(actor).id) return preview
    throw new SenError('SEN_NOT_FOUND', `find trial ${id}: there is none`)
  }
}

function answerOf({ id, rule, from, to, share, readings, outcome, failure }: Preview): object {
  const state = failure ? 'failed' : outcome ? 'done' : 'running'
  return {
    ...{ id, state, share, readings },
    rule: { id: rule.id, version: rule.version },
    ...{ from: isoOf(from), to: isoOf(to) },
    failure: failure ?? null,
    outcome: outcome
      ? {
          subjects: outcome.subjects,
          alarms: { count: outcome.alarms.length, items: outcome.alarms.slice(0, mostListed).map(alarmItem) },
          inForce: { count: outcome.inForce.length },
          differences: {
            count: outcome.differences.length,
            items: outcome.differences.slice(0, mostListed).map(differenceItem)
          }
        }
      : null
  }
}

function alarmItem({ subject, onset, clearedAt, levels }: WhatIfAlarm): object {
  return {
    subject,
    onset: isoOf(onset),
    clearedAt: isoOf(clearedAt),
    highestLevel: Math.max(...levels.map(([, level]) => level)),
    levels: levels.map(([at, level]) => ({ at: isoOf(at), level }))
  }
}

function differenceItem(one: Difference): object {
  const alarm = alarmItem(one.alarm)
  return one.kind === 'other' ? { kind: one.kind, alarm, inForce: alarmItem(one.inForce) } : { kind: one.kind, alarm }
}
