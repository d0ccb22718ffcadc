import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { alarmReportOf } from '../../alarms/burden/alarm-report.ts'
import { chainFaults, evidenceFaults } from '../../alarms/lifecycle/chain.ts'
import type { Alarm, AlarmAction } from '../../model/alarm.ts'
import { SenError } from '../../model/errors.ts'
import { deviceId, ruleId, siteId } from '../../model/ids.ts'
import { rootOrganisation } from '../../model/registry.ts'
import type { Actor } from '../auth/authorise.ts'
import type { Services } from '../services.ts'
import { authorOf, demand, mayRead, requireActor } from './actor.ts'
import { alarmItem, alarmsSeenBy, seesAlarm } from './alarm-items.ts'
import { isoOf, isoTime } from './times.ts'

const tags = ['alarms']
const params = z.object({ id: z.string().max(200) })
const states = [
  ...(['unacknowledged', 'acknowledged', 'returned', 'shelved'] as const),
  ...(['suppressed', 'out-of-service', 'normal'] as const)
] as const
const words = z.string().trim().min(1).max(2000)
const reason = words.max(500)
/** Nobody shelves an alarm and forgets it: it comes back within a week. */
const longestShelfMs = 7 * 86_400_000
const hourMs = 3_600_000

/** Alarms: what is wrong, what was done about it, and the proof of both. */
export function alarmRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { alarms, clock, peopleStore } = services
  const read = { access: 'read' } as const
  const config = { access: 'acknowledge' } as const

  app.get(
    '/alarms',
    {
      config: read,
      schema: {
        tags,
        summary: 'Alarms of yours, newest first; "state" may name several, separated by commas',
        querystring: z.object({
          state: z
            .string()
            .transform(text => text.split(','))
            .pipe(z.array(z.enum(states)).max(7))
            .optional(),
          site: siteId.optional(),
          device: deviceId.optional(),
          rule: ruleId.optional(),
          limit: z.coerce.number().int().min(1).max(1000).default(100),
          /** The `cursor` of the page before. */
          cursor: z.string().max(200).optional()
        })
      }
    },
    async request => {
      const actor = requireActor(request, services)
      const { state, cursor, ...query } = request.query
      const found = await alarms.alarms({
        ...{ ...query, ...alarmsSeenBy(services, actor), after: cursor },
        ...(state && { states: state })
      })
      return {
        items: found.map(alarmItem),
        cursor: found.length < query.limit ? null : (found.at(-1)?.id ?? null)
      }
    }
  )

  app.get(
    '/alarms/counts',
    { config: read, schema: { tags, summary: 'How many of your alarms are in each state' } },
    async request => alarms.counts(alarmsSeenBy(services, requireActor(request, services)))
  )

  app.get(
    '/alarms/report',
    {
      config: read,
      schema: {
        tags,
        summary: 'What alarms cost people in a period: alarms per operator hour, nuisances, time to acknowledge',
        querystring: z.object({
          from: isoTime,
          to: isoTime,
          operators: z.coerce.number().min(0.1).max(1000).default(1)
        })
      }
    },
    async request => {
      const seen = alarmsSeenBy(services, requireActor(request, services))
      const { from, to, operators } = request.query
      if (to <= from) throw new SenError('SEN_INPUT_INVALID', 'report on alarms: "to" must be after "from"')
      const hours = ((to - from) / hourMs) * operators
      const report = alarmReportOf(await alarms.burden({ ...seen, from, to }), hours)
      return { from: isoOf(from), to: isoOf(to), ...report, nuisanceShare: report.nuisanceShare ?? null }
    }
  )

  app.get(
    '/alarms/verdict',
    {
      config: { access: 'read-audit' },
      schema: { tags, summary: 'Whether every line of every alarm’s history, and its evidence, is as it was written' }
    },
    async request => {
      demand(services, requireActor(request, services), 'read-audit', rootOrganisation, 'alarms')
      return alarms.verify()
    }
  )

  app.get('/alarms/:id', { config: read, schema: { tags, summary: 'One alarm', params } }, async request =>
    alarmItem(await visible(requireActor(request, services), request.params.id))
  )

  app.get(
    '/alarms/:id/evidence',
    {
      config: read,
      schema: { tags, summary: 'The alarm’s whole history, chained by hash, and what it was raised by', params }
    },
    async request => {
      const alarm = await visible(requireActor(request, services), request.params.id)
      const [steps, evidence] = await Promise.all([alarms.steps(alarm.id), alarms.evidence(alarm.id)])
      const faults = [...chainFaults(alarm.id, steps), ...evidenceFaults(steps, evidence)]
      return { alarm: alarmItem(alarm), steps, evidence, isIntact: faults.length === 0, faults }
    }
  )

  app.post('/alarms/:id/ack', { config, schema: { tags, summary: 'Acknowledges an alarm', params } }, async request =>
    act(request, request.params.id, 'acknowledge', () => ({ kind: 'acknowledged', by: byOf(request) }))
  )

  app.post(
    '/alarms/:id/shelve',
    {
      config,
      schema: {
        tags,
        summary: 'Keeps an alarm from being told until then, for a week at most',
        params,
        body: z.object({ until: isoTime, reason })
      }
    },
    async request => {
      const { until } = request.body
      if (until > clock.now() + longestShelfMs)
        throw new SenError('SEN_INPUT_INVALID', 'shelve alarm: it is shelved for 7 days at most')
      return act(request, request.params.id, 'shelve', () => ({ kind: 'shelved', ...request.body }))
    }
  )

  app.post('/alarms/:id/unshelve', { config, schema: { tags, summary: 'Ends shelving', params } }, async request =>
    act(request, request.params.id, 'unshelve', () => ({ kind: 'unshelved' }))
  )

  app.post(
    '/alarms/:id/assign',
    {
      config,
      schema: {
        tags,
        summary: 'Says who sees to it; null: nobody',
        params,
        body: z.object({ person: z.int().positive().nullable() })
      }
    },
    async request =>
      act(request, request.params.id, 'assign', async actor => {
        const { person } = request.body
        if (person === null) return { kind: 'assigned', person: undefined, name: '' }
        const account = await peopleStore.account(person)
        if (!account || !mayRead(services, actor, account.organisation))
          throw new SenError('SEN_NOT_FOUND', `find person ${person}: there is none`)
        return { kind: 'assigned', person, name: account.name }
      })
  )

  app.post(
    '/alarms/:id/comment',
    { config, schema: { tags, summary: 'Adds a remark to its history', params, body: z.object({ text: words }) } },
    async request => act(request, request.params.id, 'comment', () => ({ kind: 'commented', ...request.body }))
  )

  app.post(
    '/alarms/:id/clear',
    {
      config,
      schema: {
        tags,
        summary: 'Closes an alarm by hand; it opens again if it gets worse',
        params,
        body: z.object({ reason })
      }
    },
    async request => act(request, request.params.id, 'clear', () => ({ kind: 'closed', ...request.body }))
  )

  async function visible(actor: Actor, id: string): Promise<Alarm> {
    const found = await alarms.alarm(id)
    if (found && seesAlarm(services, actor, found)) return found
    throw new SenError('SEN_NOT_FOUND', `find alarm ${id}: there is none`)
  }

  async function act(
    request: FastifyRequest,
    id: string,
    verb: string,
    actionOf: (actor: Actor) => AlarmAction | Promise<AlarmAction>
  ) {
    const actor = requireActor(request, services)
    const { organisation, isSimulated, id: alarm } = await visible(actor, id)
    demand(services, actor, 'acknowledge', { organisation, isSimulated }, `alarm ${alarm}`)
    const [author, object] = [authorOf(actor), `alarm:${alarm}`]
    const line = { at: clock.now(), author, action: `alarm.${verb}`, object, organisation, detail: '' }
    const action = await actionOf(actor)
    return alarmItem(await alarms.act(alarm, action, author, { ...line, outcome: 'done', count: 1 }))
  }

  /** By a person's browser, or by a program. */
  function byOf(request: FastifyRequest): 'console' | 'api' {
    return request.headers.authorization === undefined ? 'console' : 'api'
  }
}
