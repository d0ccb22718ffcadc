import { randomBytes } from 'node:crypto'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { organisationId } from '../../model/ids.ts'
import { lacksDatum } from '../../model/datum.ts'
import { rule } from '../../model/rule.ts'
import type { Rule } from '../../model/rule.ts'
import type { PackRule, RulePack } from '../../rules/packs/pack.ts'
import { parametersOf, rulesOf } from '../../rules/packs/rules-of.ts'
import type { RuleDraft } from '../../rules/packs/rules-of.ts'
import { sentenceOf } from '../../rules/sentence/rule-sentence.ts'
import type { Actor } from '../auth/authorise.ts'
import { RuleScope } from '../../rules/engine/rule-scope.ts'
import { conditionsOf } from '../rule-check.ts'
import { rulePackOf, rulePacks } from '../rule-packs.ts'
import type { Services } from '../services.ts'
import { authorOf, demand, mayRead, requireActor } from './actor.ts'
import { objectOfDevice } from './objects.ts'
import { demandSoundRule } from './rule-demand.ts'

const tags = ['rules']
const params = z.object({ id: z.string().max(40) })
const point = z.array(z.number()).length(2)
const area = z.union([
  z.object({ centre: point, radiusKm: z.number() }).strict(),
  z.object({ polygon: z.array(point).min(3).max(500) }).strict()
])

/** Rules as data that come with Sen, and what makes rules of them. */
export function rulePackRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { administration, registry, profiles } = services

  app.get(
    '/rule-packs',
    { config: { access: 'known' }, schema: { tags, summary: 'Packs of rules that come with Sen' } },
    async request => {
      requireActor(request, services)
      const items = [...(await rulePacks()).values()].map(({ id, name, about, review, rules }) => {
        return { id, name, about, review, rules: rules.map(one => ({ id: one.id, name: one.name })) }
      })
      return { items, cursor: null }
    }
  )

  app.get(
    '/rule-packs/:id',
    {
      config: { access: 'known' },
      schema: { tags, summary: 'One pack: its rules as sentences, their sources and parameters', params }
    },
    async request => {
      requireActor(request, services)
      const pack = await rulePackOf(request.params.id)
      const { id, name, about, review } = pack
      return { id, name, about, review, rules: pack.rules.map(one => packRuleAnswer(pack, one)) }
    }
  )

  app.post(
    '/rule-packs/:id/apply',
    {
      config: { access: 'change-rules' },
      schema: {
        tags,
        summary:
          'Makes rules of a pack. Levels of which no value is verified are left out ("open") unless a parameter gives one; "withoutDatum" lists devices that never ring by flood alarm levels. With "dryRun" nothing is saved',
        params,
        body: z
          .object({
            organisation: organisationId,
            scope: rule.shape.scope.default({}),
            /** `key` for every rule that has it, `rule.key` for one. */
            parameters: z.record(z.string().max(100), z.union([z.number(), z.string().max(20), area])).default({}),
            rules: z.array(z.string().max(40)).min(1).max(60).optional(),
            dryRun: z.boolean().default(false)
          })
          .strict()
      }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const { organisation, scope, parameters, rules, dryRun } = request.body
      demand(services, actor, 'change-rules', organisation, `organisation ${organisation}`)
      const pack = await rulePackOf(request.params.id)
      const { drafts, open } = rulesOf(pack, {
        ...{ organisation, scope, parameters, rules },
        idOf: id => `${pack.id}.${id}.${randomBytes(6).toString('hex')}`
      })
      const made = drafts.map(draft => ({ ...draft, version: 1, author: authorOf(actor).id }))
      for (const one of made) demandSoundRule(services, actor, one)
      if (!dryRun && made.length > 0) {
        await administration.change(
          made.map(one => ({ kind: 'rule', rule: one })),
          authorOf(actor)
        )
      }
      const answer = {
        rules: made.map(one => ({ ...one, sentences: sentencesOf(one) })),
        open,
        withoutDatum: withoutDatum(actor, made)
      }
      return reply.status(dryRun ? 200 : 201).send(answer)
    }
  )

  function packRuleAnswer(pack: RulePack, one: PackRule) {
    const use = { organisation: 'root', scope: undefined, rules: [one.id], idOf: (id: string) => id }
    const { drafts, open } = rulesOf(pack, use)
    const [draft] = drafts
    const { id, name, per, scope, source } = one
    return {
      ...{ id, name, per, scope, source },
      parameters: parametersOf(pack, one),
      levels: one.levels.map(level => ({ name: level.name, severity: level.severity, advice: level.advice })),
      /** Of the levels that are not open. */
      sentences: draft ? sentencesOf(draft) : null,
      open: open.map(({ level, parameters }) => ({ level, parameters }))
    }
  }

  function sentencesOf(draft: RuleDraft) {
    const names = {
      metric: (name: string) => services.metricCatalogue.get(name),
      device: (id: string) => registry.devices.get(id)?.name,
      site: (id: string) => registry.sites.get(id)?.name,
      profile: (id: string) => profiles.get(id)?.profile.name.vi
    }
    return { vi: sentenceOf(draft, names, 'vi'), en: sentenceOf(draft, names, 'en') }
  }

  /** Devices that such a rule watches, and that it never rings for until somebody has levelled them. */
  function withoutDatum(actor: Actor, made: readonly Rule[]): readonly string[] {
    const ids = new Set<string>()
    for (const rule of made) {
      const scope = new RuleScope(rule, registry)
      const isByDatum = rule.levels.some(({ when }) =>
        [...conditionsOf(when)].some(one => one.kind === 'threshold' && one.datum === true)
      )
      if (!isByDatum) continue
      for (const device of registry.devices.values()) {
        const metrics = (profiles.get(device.profile)?.metrics ?? []).map(({ name }) => name)
        if (
          scope.watches(device) &&
          lacksDatum(device, metrics) &&
          mayRead(services, actor, objectOfDevice(services, device))
        )
          ids.add(device.id)
      }
    }
    return [...ids]
  }
}
