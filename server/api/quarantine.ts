import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { SenError } from '../../model/errors.ts'
import { deviceId, profileId } from '../../model/ids.ts'
import type { Quarantined } from '../../model/reading-batch.ts'
import type { RedecodeSelection } from '../../model/redecode.ts'
import { rootOrganisation } from '../../model/registry.ts'
import type { OutsideKept, RedecodeJob } from '../../storage/state/state-store.ts'
import type { Actor } from '../auth/authorise.ts'
import type { Services } from '../services.ts'
import { authorOf, demand, may, mayRead, requireActor } from './actor.ts'
import { objectOfDevice } from './objects.ts'
import { isoOf, isoTime } from './times.ts'

const tags = ['ingest']
const reason = z.string().regex(/^[a-z0-9-]{1,40}$/, 'must be a reason, as codec-error')
const number = z.coerce.number().int().positive()
/** As much of a payload is shown as one MQTT packet may have. */
const shownBytes = 256 * 1024

/** What stands in quarantine, and decoding kept messages again. */
export function quarantineRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()

  app.get(
    '/ingest/quarantine',
    {
      config: { access: 'observe-system' },
      schema: {
        tags,
        summary: 'Messages set aside, newest first, each with its reason; and how many there are of each',
        querystring: z.object({
          limit: z.coerce.number().int().min(1).max(1000).default(100),
          cursor: number.optional(),
          device: deviceId.optional(),
          reason: reason.optional()
        })
      }
    },
    async request => {
      const actor = requireActor(request, services)
      const sites = observedSites(actor)
      const { limit, cursor, device, reason: because } = request.query
      const [entries, reasons] = await Promise.all([
        services.state.quarantined({ limit, before: cursor, device, reason: because, sites }),
        services.state.quarantineReasons({ device, sites })
      ])
      const cursorOf = entries.length === limit ? (entries.at(-1)?.position ?? null) : null
      const counts = reasons.map(({ reason: name, count, oldest, newest }) => ({
        ...{ reason: name, count },
        ...{ oldest: isoOf(oldest), newest: isoOf(newest) }
      }))
      return { items: entries.map(entry => itemOf(entry, actor)), cursor: cursorOf, reasons: counts }
    }
  )

  app.get(
    '/ingest/quarantine/:position',
    {
      config: { access: 'observe-system' },
      schema: {
        tags,
        summary: 'One message set aside, whole: its payload as text, JSON or hexadecimal, and why it is here',
        params: z.object({ position: number })
      }
    },
    async request => {
      const { position } = request.params
      const actor = requireActor(request, services)
      const sites = observedSites(actor)
      const query = { limit: 1, from: position, before: position + 1, sites }
      const [entry] = await services.state.quarantined(query)
      if (!entry) throw new SenError('SEN_NOT_FOUND', `find message ${position} in quarantine: there is none`)
      const message = await services.rawLookup.message(position)
      return { ...itemOf(entry, actor), message: message ? messageItem(message) : null }
    }
  )

  app.post(
    '/ingest/quarantine/redecode',
    {
      config: { access: 'manage-devices' },
      schema: {
        tags,
        summary:
          'Decodes kept messages again with the registry, codecs and mappings of now. "dryRun": counts them, and changes nothing',
        body: z
          .object({
            device: deviceId.optional(),
            profile: profileId.optional(),
            reason: reason.optional(),
            isQuarantined: z.boolean().optional(),
            from: isoTime.optional(),
            to: isoTime.optional(),
            dryRun: z.boolean().default(false)
          })
          .strict()
          .refine(({ from, to }) => from === undefined || to === undefined || from < to, {
            path: ['to'],
            error: 'must be after "from"'
          })
      }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const { from, to, dryRun, ...selection } = request.body
      const organisation = ownerOf(selection)
      const what = selection.device === undefined ? 'quarantine' : `device ${selection.device}`
      demand(services, actor, 'manage-devices', organisation, what)
      const period = { from, to }
      if (dryRun) {
        const { countedTo, outside, ...counts } = await services.redecodes.forecast(selection, period)
        return { dryRun: true, ...counts, countedTo: isoOf(countedTo), outside: outsideItem(outside) }
      }
      const id = await services.redecodes.begin(selection, period, authorOf(actor), organisation)
      return reply.status(202).send({ id })
    }
  )

  app.get(
    '/ingest/redecodes',
    {
      config: { access: 'observe-system' },
      schema: {
        tags,
        summary: 'Jobs that decode kept messages again, newest first',
        querystring: z.object({ limit: z.coerce.number().int().min(1).max(200).default(50) })
      }
    },
    async request => {
      const actor = requireActor(request, services)
      const jobs = await services.redecodes.jobs(request.query.limit)
      return { items: jobs.filter(job => isObserved(actor, job)).map(jobItem), cursor: null }
    }
  )

  app.get(
    '/ingest/redecodes/:id',
    {
      config: { access: 'observe-system' },
      schema: { tags, summary: 'How far a job that decodes messages again is', params: z.object({ id: number }) }
    },
    async request => {
      const actor = requireActor(request, services)
      const job = await services.redecodes.job(request.params.id)
      if (!job || !isObserved(actor, job))
        throw new SenError('SEN_NOT_FOUND', `find redecode job ${request.params.id}: there is none`)
      return jobItem(job)
    }
  )

  function itemOf(entry: Quarantined, actor: Actor) {
    const registered = entry.device === undefined ? undefined : services.registry.deviceOf(entry.device)?.device
    const isSeen = registered !== undefined && mayRead(services, actor, objectOfDevice(services, registered))
    return {
      ...entry,
      /** The registered device that it came from, by its id or its hardware, now or formerly. */
      registeredAs: isSeen ? registered.id : null,
      receivedAt: isoOf(entry.receivedAt)
    }
  }

  /** A device belongs to somebody; whole profiles and reasons are everybody's, so the root's. */
  function ownerOf({ device }: RedecodeSelection): string {
    const found = services.registry.devices.get(device ?? '')
    return (found && services.registry.organisationOf(found)) ?? rootOrganisation
  }

  function isObserved(actor: Actor, { selection }: RedecodeJob): boolean {
    return may(services, actor, 'observe-system', ownerOf(selection))
  }

  /** What stands at no registered site belongs to nobody yet: only the root (`undefined`: everything) sees it. */
  function observedSites(actor: Actor): readonly string[] | undefined {
    if (may(services, actor, 'observe-system', rootOrganisation)) return undefined
    const sites = [...services.registry.sites.values()]
    return sites.filter(({ organisation }) => may(services, actor, 'observe-system', organisation)).map(({ id }) => id)
  }
}

function messageItem({ payload, door, credential }: { payload: Uint8Array; door: string; credential: string }) {
  const shown = Buffer.from(payload.subarray(0, shownBytes))
  const text = shown.toString('utf8')
  const isText = Buffer.from(text, 'utf8').equals(shown)
  return {
    ...{ door, credential, sizeBytes: payload.length },
    hex: isText ? null : shown.toString('hex'),
    text: isText ? text : null
  }
}

function jobItem(job: RedecodeJob) {
  const { id, state, selection, author, counts, detail, first, last, next } = job
  const total = Math.max(0, last - first + 1)
  return {
    ...{ id, state, selection, author, counts, detail },
    period: { from: isoOf(job.fromTime), to: isoOf(job.toTime) },
    /** Records of the raw log to look at, and looked at. */
    progress: { total, done: Math.min(total, next - first) },
    generation: job.generation ?? null,
    outside: outsideItem(job.outside),
    ...{ madeAt: isoOf(job.madeAt), endedAt: isoOf(job.endedAt) }
  }
}

function outsideItem(outside: OutsideKept | undefined) {
  if (!outside) return null
  const { keptFrom, removed, quarantined, oldest, newest } = outside
  return {
    keptFrom: isoOf(keptFrom),
    removed: removed ?? null,
    quarantined,
    oldest: isoOf(oldest),
    newest: isoOf(newest)
  }
}
