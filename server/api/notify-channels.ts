import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { channelKinds } from '../../alarms/notify/channel.ts'
import type { AuditEntry } from '../../model/audit.ts'
import { SenError } from '../../model/errors.ts'
import { organisationId } from '../../model/ids.ts'
import { notifyChannelId } from '../../model/recipient.ts'
import { rootOrganisation } from '../../model/registry.ts'
import type { NotifyChannel } from '../../storage/state/notice-store.ts'
import type { Actor } from '../auth/authorise.ts'
import { openSecrets, sealedSecrets } from '../notify/channel-book.ts'
import type { Services } from '../services.ts'
import { authorOf, demand, may, requireActor } from './actor.ts'
import { isoOf } from './times.ts'

const tags = ['notify']
const access = 'manage-connections'
const params = z.object({ id: notifyChannelId })
const settings = z.record(z.string().max(64), z.unknown())
const asked = z.strictObject({
  id: notifyChannelId,
  kind: z.enum(channelKinds),
  name: z.string().trim().min(1).max(120),
  organisation: organisationId.default(rootOrganisation),
  settings: settings.default({}),
  /** Sealed at rest, never shown again. */
  secrets: settings.default({}),
  isEnabled: z.boolean().default(true)
})
/** Without defaults: what is left out stays. */
const revised = z.strictObject({
  name: asked.shape.name.optional(),
  settings: settings.optional(),
  secrets: settings.optional(),
  isEnabled: z.boolean().optional()
})
const checkMs = 15_000

/** Ways to tell people: mail servers, SMS gateways, Zalo accounts, modems. */
export function notifyChannelRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { notices, notifier, keys, clock } = services

  app.get(
    '/notify/channels',
    { config: { access }, schema: { tags, summary: 'Channels, each with its state; secrets are not shown' } },
    async request => {
      const actor = requireActor(request, services)
      const all = (await notices.channels()).filter(one => may(services, actor, access, one.organisation))
      return { items: all.map(shown), cursor: null }
    }
  )

  app.post(
    '/notify/channels',
    { config: { access }, schema: { tags, summary: 'Adds a channel', body: asked } },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const { secrets, ...body } = request.body
      demand(services, actor, access, body.organisation, `organisation ${body.organisation}`)
      if ((await notices.channels()).some(({ id }) => id === body.id))
        throw new SenError('SEN_CONFLICT', `add channel ${body.id}: the id is taken`)
      const sealed = sealedSecrets(keys, body.id, secrets)
      const channel = { ...body, secrets: sealed, createdAt: clock.now(), trouble: undefined }
      await put(channel, actor, 'add')
      return reply.status(201).send(shown(channel))
    }
  )

  app.patch(
    '/notify/channels/:id',
    {
      config: { access },
      schema: { tags, summary: 'Changes a channel; secrets that are left out stay', params, body: revised }
    },
    async request => {
      const actor = requireActor(request, services)
      const present = await found(request.params.id, actor)
      const { body } = request
      const all = { ...(present.secrets && openSecrets(keys, present.id, present.secrets)), ...body.secrets }
      const channel = {
        ...present,
        name: body.name ?? present.name,
        settings: body.settings ?? present.settings,
        isEnabled: body.isEnabled ?? present.isEnabled,
        secrets: sealedSecrets(keys, present.id, all),
        // Opened anew.
        createdAt: clock.now()
      }
      await put(channel, actor, 'change', present)
      return shown({ ...channel, trouble: undefined })
    }
  )

  app.delete(
    '/notify/channels/:id',
    { config: { access }, schema: { tags, summary: 'Ends a channel and forgets it', params } },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const channel = await found(request.params.id, actor)
      await notices.removeChannel(channel.id, line(actor, 'remove', channel))
      await notifier.changed()
      return reply.status(204).send()
    }
  )

  app.post(
    '/notify/channels/:id/test',
    {
      config: { access },
      schema: { tags, summary: 'Whether it could send now: credentials, balance, signal', params }
    },
    async request => {
      const channel = await found(request.params.id, requireActor(request, services))
      const opened = notifier.channels.get(channel.id)
      if (!opened) return { ok: false, detail: notifier.channels.problemOf(channel.id) ?? 'it is not in use' }
      const checked = await opened.check?.(AbortSignal.timeout(checkMs))
      return checked ?? { ok: true, detail: 'this kind cannot be asked; send a test to somebody' }
    }
  )

  /** Opened once before it is kept: settings that it cannot be opened with are refused. */
  async function put(channel: NotifyChannel, actor: Actor, verb: string, before?: NotifyChannel): Promise<void> {
    const { trouble: _trouble, ...kept } = channel
    await (await notifier.trial(channel)).stop()
    await notices.putChannel(kept, { ...line(actor, verb, channel), ...(before && { before: plain(before) }) })
    await notifier.changed()
  }

  async function found(id: string, actor: Actor): Promise<NotifyChannel> {
    const one = (await notices.channels()).find(channel => channel.id === id)
    if (one && may(services, actor, access, one.organisation)) return one
    throw new SenError('SEN_NOT_FOUND', `find channel ${id}: there is none`)
  }

  function line(actor: Actor, verb: string, channel: NotifyChannel): AuditEntry {
    const what = { action: `channel.${verb}`, object: `channel:${channel.id}`, organisation: channel.organisation }
    const after = verb === 'remove' ? {} : { after: plain(channel) }
    return { at: clock.now(), author: authorOf(actor), ...what, outcome: 'done', detail: '', ...after, count: 1 }
  }

  function shown(channel: NotifyChannel) {
    const { trouble } = channel
    const isInUse = notifier.channels.get(channel.id) !== undefined
    return {
      ...plain(channel),
      medium: notifier.channels.mediumOf(channel.id) ?? null,
      has: channel.secrets === undefined ? [] : Object.keys(openSecrets(keys, channel.id, channel.secrets)),
      state: trouble ? 'failing' : isInUse ? 'ready' : channel.isEnabled ? 'failing' : 'paused',
      detail: trouble?.detail ?? notifier.channels.problemOf(channel.id) ?? '',
      since: trouble ? isoOf(trouble.since) : null,
      /** Where its gateway may call back: a secret. */
      reportUrl: notifier.reportUrl(channel.id) ?? null
    }
  }
}

function plain({ id, kind, name, organisation, settings: given, isEnabled }: NotifyChannel) {
  return { id, kind, name, organisation, settings: given, isEnabled }
}
