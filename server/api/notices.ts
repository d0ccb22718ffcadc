import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { chainsOf } from '../../alarms/escalation/chain.ts'
import { previewOf } from '../../alarms/text/preview.ts'
import { SenError } from '../../model/errors.ts'
import { siteId } from '../../model/ids.ts'
import { recipientId } from '../../model/recipient.ts'
import { severity } from '../../model/rule.ts'
import type { StoredNotice } from '../../storage/state/notice-store.ts'
import { hashOf, isSameHash } from '../auth/secrets.ts'
import { organisationsFrom } from '../notify/planning.ts'
import type { Services } from '../services.ts'
import { authorOf, may, mayRead, requireActor, requireSession, askingOf, strangerError } from './actor.ts'
import { isoOf } from './times.ts'

const tags = ['notify']
const bodyLimit = 64 * 1024
const words = z.string().trim().min(1).max(500)
const named = z.strictObject({ vi: words, en: words.optional() })
const preview = z.strictObject({
  severity,
  what: named,
  levelName: named,
  subject: words,
  place: words.default(''),
  advice: named.optional(),
  value: z
    .strictObject({
      metric: named,
      value: z.number(),
      unit: z.string().max(20),
      limit: z.strictObject({ op: z.string().max(2), value: z.number() }).optional()
    })
    .optional()
})
const push = z.strictObject({
  endpoint: z.url({ protocol: /^https$/ }).max(1000),
  keys: z.strictObject({ p256dh: z.string().min(80).max(100), auth: z.string().min(16).max(40) })
})
const mostPushes = 10

/** What was told to whom, and what belongs to telling: reports, the way it will read, browsers, who is on duty. */
export function noticeRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { notices, notifier, registry, clock } = services

  app.get(
    '/notices',
    {
      config: { access: 'read' },
      schema: {
        tags,
        summary: 'What was told of alarms: to whom, by what, and what came of it; newest first',
        querystring: z.object({
          alarm: z.string().max(300).optional(),
          recipient: recipientId.optional(),
          limit: z.coerce.number().int().min(1).max(500).default(50),
          cursor: z.string().max(64).optional()
        })
      }
    },
    async request => {
      const actor = requireActor(request, services)
      const { alarm, recipient, limit, cursor } = request.query
      const organisations = [...registry.organisations.keys()].filter(id => mayRead(services, actor, id))
      const items = await notices.notices({ limit, alarm, recipient, organisations, after: cursor })
      const last = items.at(-1)
      return { items: items.map(shownNotice), cursor: items.length === limit && last ? last.key : null }
    }
  )

  void instance.register(async raw => {
    // Gateways send what they send: what it means is the channel's to know.
    raw.removeAllContentTypeParsers()
    raw.addContentTypeParser('*', { parseAs: 'string', bodyLimit }, (_request, body, done) => {
      done(null, body)
    })
    for (const method of ['GET', 'POST'] as const)
      raw.withTypeProvider<ZodTypeProvider>().route({
        method,
        url: '/notify/:channel/report/:secret',
        bodyLimit,
        config: { access: 'open', rateLimit: { max: 600, timeWindow: '1 minute' } },
        schema: {
          ...{ tags, summary: 'Delivery reports and replies, as gateways call back with them', security: [] },
          params: z.object({ channel: z.string().max(64), secret: z.string().max(64) })
        },
        handler: report
      })
  })

  app.post(
    '/notify/preview',
    {
      config: { access: 'change-rules' },
      schema: { tags, summary: 'How a message will read, in both languages, as an SMS too', body: preview }
    },
    async request => {
      requireActor(request, services)
      const { value, ...facts } = request.body
      const now = clock.now()
      return previewOf({
        ...{ about: 'raised', alarm: 'preview', since: now, isStillTrue: true, isRetrospective: false },
        ...{ ...facts, advice: facts.advice, contact: undefined, isSimulated: false },
        ...(value && { value: { ...value, limit: value.limit, t: now } }),
        ...notifier.links.answerable('preview', 'preview')
      })
    }
  )

  app.get(
    '/sites/:id/contact',
    {
      config: { access: 'acknowledge' },
      schema: { tags, summary: 'Who is on duty here: whom to call, in order', params: z.object({ id: siteId }) }
    },
    async request => {
      const actor = requireActor(request, services)
      const site = registry.sites.get(request.params.id)
      if (!site || !may(services, actor, 'acknowledge', site.organisation))
        throw new SenError('SEN_NOT_FOUND', `find site ${request.params.id}: there is none`)
      return { items: await contactsAt(site), cursor: null }
    }
  )

  app.get(
    '/account/pushes',
    {
      config: { access: 'own' },
      schema: { tags, summary: 'Key to which a browser subscribes; null: there is no web push' }
    },
    async () => {
      const channel = (await notices.channels()).find(({ kind, isEnabled }) => kind === 'web-push' && isEnabled)
      const key = channel?.settings['publicKey']
      return { channel: channel?.id ?? null, publicKey: typeof key === 'string' ? key : null }
    }
  )

  app.post(
    '/account/pushes',
    { config: { access: 'own' }, schema: { tags, summary: 'Adds this browser to the ways you are told', body: push } },
    async (request, reply) => {
      const { holder } = requireSession(request, services)
      const asking = askingOf(request, services)
      if (!asking) throw strangerError()
      if (!(await notices.recipients()).some(({ id }) => id === holder.id))
        throw new SenError('SEN_NOT_FOUND', 'find recipient: you are told of no alarms')
      const { endpoint, keys } = request.body
      const known = (await notices.pushes()).filter(({ recipient }) => recipient === holder.id)
      const oldest = known
        .toSorted((a, b) => a.createdAt - b.createdAt)
        .slice(0, Math.max(0, known.length + 1 - mostPushes))
      await notices.forgetPushes(oldest.map(one => one.endpoint))
      await notices.putPush(
        { endpoint, recipient: holder.id, ...keys, createdAt: clock.now() },
        {
          ...{ at: clock.now(), author: authorOf(asking.actor), action: 'push.add', object: holder.id },
          ...{ organisation: holder.organisation, outcome: 'done', detail: new URL(endpoint).host, count: 1 }
        }
      )
      await notifier.changed()
      return reply.status(204).send()
    }
  )

  async function report(
    request: FastifyRequest<{ Params: { channel: string; secret: string } }>,
    reply: FastifyReply
  ): Promise<FastifyReply> {
    const { channel: id, secret } = request.params
    const channel = notifier.channels.get(id)
    if (!channel || !isSameHash(hashOf(secret), hashOf(notifier.links.reportSecret(id))))
      throw new SenError('SEN_NOT_FOUND', `find report address: there is none`)
    const call = {
      query: textsOf(request.query),
      body: typeof request.body === 'string' ? request.body : '',
      headers: textsOf(request.headers)
    }
    await notifier.report(id, channel.reports?.(call) ?? [])
    for (const one of channel.replies?.(call) ?? []) await notifier.reply(one)
    return reply.status(200).send({ ok: true })
  }

  async function contactsAt({ id, organisation }: { readonly id: string; readonly organisation: string }) {
    const now = clock.now()
    const roster = await notifier.roster.read(now)
    const alarm = { id: '', organisation, site: id, severity: 'critical', level: 1 } as const
    const situation = {
      ...({ alarm: { ...alarm, isRetrospective: false, isWithdrawn: false }, worst: 'critical' } as const),
      ...{ steps: [], notices: [], organisations: organisationsFrom(organisation, registry) },
      tags: [...registry.devices.values()].flatMap(device => (device.site === id ? (device.tags ?? []) : []))
    }
    const members = chainsOf(situation, roster, now).flatMap(({ stages, members: of }) =>
      Array.from({ length: stages }).flatMap((_, stage) => of(stage, now).map(one => ({ one, stage })))
    )
    const seen = new Map(members.map(({ one, stage }) => [one.id, { one, stage }]))
    return [...seen.values()].map(({ one, stage }) => ({
      ...{ recipient: one.id, name: one.name, stage: stage + 1 },
      phone: roster.all.get(one.id)?.reach.phone ?? null
    }))
  }
}

function shownNotice(notice: StoredNotice) {
  const {
    key,
    alarm,
    step,
    round,
    recipient,
    channel,
    organisation,
    about,
    severity: how,
    state,
    attempts,
    detail
  } = notice
  const time = (at: number | undefined) => (at === undefined ? null : isoOf(at))
  return {
    ...{ key, alarm, step, round, recipient, channel, organisation, about, severity: how, state, attempts, detail },
    ...{ due: isoOf(notice.due), plannedAt: isoOf(notice.plannedAt), sentAt: time(notice.sentAt) },
    ...{ endedAt: time(notice.endedAt), group: notice.group ?? null, members: notice.members.length }
  }
}

function textsOf(values: unknown): Readonly<Record<string, string | undefined>> {
  const entries = Object.entries(typeof values === 'object' && values !== null ? values : {})
  return Object.fromEntries(entries.map(([name, value]) => [name, typeof value === 'string' ? value : undefined]))
}
