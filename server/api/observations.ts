import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { SenError } from '../../model/errors.ts'
import { deviceId, metricName, siteId } from '../../model/ids.ts'
import type { Metric } from '../../model/metric.ts'
import { observationMethods, observationNote } from '../../model/observation.ts'
import type { ListedObservation, ObservationRecord, Observed } from '../../model/observation.ts'
import { qualityBits, qualityText } from '../../model/quality.ts'
import type { Device } from '../../model/registry.ts'
import { converted, unitsFor } from '../../model/unit.ts'
import type { Actor } from '../auth/authorise.ts'
import { boundedMemory } from '../auth/bounded-memory.ts'
import { manualStationId, manualStationOf } from '../manual-station.ts'
import { shownValue } from '../readings-answer.ts'
import type { Services } from '../services.ts'
import { authorOf, demand, may, mayRead, requireActor } from './actor.ts'
import { keepDurably } from './durable.ts'
import { objectOfDevice } from './objects.ts'
import { metricOf } from './reading-items.ts'
import { isoOf, isoTime } from './times.ts'

const tags = ['observations']
/** Clocks of phones are a little ahead. */
const futureMs = 10 * 60_000
/** A moment that long ago is probably a wrong month or year. */
const unlikelyAgeMs = 31 * 86_400_000
/** The list of observations is written a moment after the log: until then this remembers who entered what. */
const rememberedMs = 10 * 60_000

const place = z.object({
  device: deviceId.optional(),
  site: siteId.optional(),
  metric: metricName
})
const bodyOfEntry = place.extend({
  /** When it was measured; now if it is left out. */
  t: isoTime.optional(),
  value: z.union([z.number(), z.boolean(), z.string().max(500)]),
  unit: z.string().max(20).default(''),
  method: z.enum(observationMethods),
  note: observationNote.optional(),
  /** The person has been told that it is unlikely, and means it. */
  confirm: z.boolean().default(false)
})
const bodyOfWithdrawal = place.extend({ t: isoTime, note: observationNote.optional() })

/** Readings that people enter: a staff gauge, a rain bucket, what somebody said by telephone. */
export function observationRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { registry, clock } = services
  const recent = boundedMemory<string, Pick<ObservationRecord, 'author' | 'kind' | 'value' | 'method' | 'entered'>>({
    clock,
    lifeMs: rememberedMs,
    most: 10_000
  })

  app.get(
    '/observations',
    {
      config: { access: 'read' },
      schema: {
        tags,
        summary: 'What people entered, newest first: who, when, how; corrected and withdrawn ones too',
        querystring: z.object({
          device: deviceId.optional(),
          site: siteId.optional(),
          metric: metricName.optional(),
          from: isoTime.optional(),
          to: isoTime.optional(),
          limit: z.coerce.number().int().min(1).max(1000).default(100),
          cursor: z.coerce.number().int().positive().optional()
        })
      }
    },
    async request => {
      const actor = requireActor(request, services)
      const { limit, cursor, site, ...query } = request.query
      const visible = [...registry.sites.values()].filter(({ organisation }) => mayRead(services, actor, organisation))
      const sites = visible.map(({ id }) => id).filter(id => site === undefined || id === site)
      const found = await services.state.observations({ ...query, limit, before: cursor, sites })
      const items = found.filter(({ device }) => isVisible(actor, device)).map(one => shown(one, actor))
      return { items, cursor: found.length === limit ? (found.at(-1)?.position ?? null) : null }
    }
  )

  app.post(
    '/observations',
    {
      config: { access: 'observe' },
      schema: { tags, summary: 'Enters a reading by hand; 2xx means on disk', body: bodyOfEntry }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const { body } = request
      const metric = known(body.metric)
      const t = body.t ?? clock.now()
      const value = storedValue(metric, body)
      refuseUnlikely(metric, { t, value }, body.confirm)
      const device = await deviceOf(actor, body)
      await demandChange(actor, device, { metric: body.metric, t })
      const record: ObservationRecord = {
        kind: 'entry',
        metric: metric.name,
        t,
        value,
        entered: { value: body.value, unit: body.unit === '' ? metric.unit : body.unit },
        method: body.method,
        ...(body.note !== undefined && body.note !== '' && { note: body.note }),
        author: { id: actor.id, name: actor.name },
        isConfirmed: body.confirm
      }
      await keep(actor, device, record)
      return reply.status(201).send(answerOf(device, record))
    }
  )

  app.post(
    '/observations/withdrawals',
    {
      config: { access: 'observe' },
      schema: { tags, summary: 'Takes back what was entered by hand; 2xx means on disk', body: bodyOfWithdrawal }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const { metric, t, note } = request.body
      const device = await deviceOf(actor, request.body)
      const standing = await demandChange(actor, device, { metric, t })
      if (standing?.kind !== 'entry') {
        throw new SenError('SEN_NOT_FOUND', `withdraw ${metric} of ${device.id} at ${isoOf(t)}: nobody entered one`)
      }
      const { value, entered, method } = standing
      const record: ObservationRecord = {
        kind: 'withdrawal',
        ...{ metric, t, value, entered, method },
        ...(note !== undefined && note !== '' && { note }),
        author: { id: actor.id, name: actor.name },
        isConfirmed: false
      }
      await keep(actor, device, record)
      return reply.status(201).send(answerOf(device, record))
    }
  )

  /** Appends it to the raw log, then says in the audit log who did it. */
  async function keep(actor: Actor, device: Device, record: ObservationRecord): Promise<void> {
    const { id, site } = device
    const payload = Buffer.from(JSON.stringify(record))
    await keepDurably(services, {
      door: 'manual',
      credential: actor.id,
      topic: `site/${site}/${id}/observation`,
      payload
    })
    recent.set(placeKey(id, record), record)
    const { metric, t, value, method } = record
    await services.peopleStore.audit([
      {
        at: clock.now(),
        author: authorOf(actor),
        action: record.kind === 'entry' ? 'observation.enter' : 'observation.withdraw',
        object: `device:${id}`,
        organisation: registry.organisationOf(device) ?? actor.organisation,
        outcome: 'done',
        detail: `${metric} ${value} at ${isoOf(t)}, ${method}`,
        count: 1
      }
    ])
  }

  function known(name: string): Metric {
    const metric = services.metricCatalogue.get(name)
    if (metric) return metric
    throw new SenError('SEN_INPUT_INVALID', `enter reading: there is no metric ${name}`, {
      hint: 'GET /metrics lists them.'
    })
  }

  /** The device named, or the site's manual station. */
  async function deviceOf(actor: Actor, body: z.infer<typeof place>): Promise<Device> {
    if (body.device !== undefined) {
      const device = registry.devices.get(body.device)
      if (!device || (body.site !== undefined && device.site !== body.site)) throw missing('device', body.device)
      demand(services, actor, 'observe', objectOfDevice(services, device), `device ${body.device}`)
      return device
    }
    const site = body.site === undefined ? undefined : registry.sites.get(body.site)
    if (body.site === undefined)
      throw new SenError('SEN_INPUT_INVALID', 'enter reading: "device" or "site" must be given')
    if (!site) throw missing('site', body.site)
    const station = registry.devices.get(manualStationId(site.id))
    const object = station ? objectOfDevice(services, station) : site.organisation
    demand(services, actor, 'observe', object, `site ${site.id}`)
    return manualStationOf(services.administration, registry.devices, site, authorOf(actor))
  }

  /**
   * Who entered a reading may change it, and who runs the system there.
   *
   * @returns what was entered last at the place and moment, if anything was.
   */
  async function demandChange(
    actor: Actor,
    device: Device,
    { metric, t }: { readonly metric: string; readonly t: number }
  ): Promise<Pick<ObservationRecord, 'author' | 'kind' | 'value' | 'method' | 'entered'> | undefined> {
    const standing =
      recent.get(placeKey(device.id, { metric, t })) ?? (await services.state.observationAt(device.id, metric, t))
    if (standing && !mayChange(actor, standing, device)) {
      throw new SenError(
        'SEN_FORBIDDEN',
        `change ${metric} of ${device.id} at ${isoOf(t)}: ${standing.author.name} entered it`,
        { hint: 'Who entered it can change it, or an operator.' }
      )
    }
    return standing
  }

  function mayChange(actor: Actor, { author }: Pick<Observed, 'author'>, device: Device): boolean {
    if (!may(services, actor, 'observe', objectOfDevice(services, device))) return false
    return author.id === actor.id || may(services, actor, 'observe-system', objectOfDevice(services, device))
  }

  function refuseUnlikely(metric: Metric, { t, value }: { t: number; value: number | string }, isConfirmed: boolean) {
    const now = clock.now()
    if (t > now + futureMs)
      throw new SenError('SEN_INPUT_INVALID', `enter ${metric.name}: ${isoOf(t)} has not come yet`)
    if (isConfirmed) return
    const what = unlikely(metric, value) ?? (t < now - unlikelyAgeMs ? `${isoOf(t)} is over a month ago` : undefined)
    if (what === undefined) return
    throw new SenError('SEN_IMPLAUSIBLE', `enter ${metric.name}: ${what}`, {
      hint: 'If it is meant, send it again with "confirm": true.'
    })
  }

  function isVisible(actor: Actor, id: string): boolean {
    const device = registry.devices.get(id)
    // Of a device that is removed its site tells who may know.
    return device === undefined ? !actor.isSandbox : mayRead(services, actor, objectOfDevice(services, device))
  }

  function shown(one: ListedObservation, actor: Actor) {
    const { position, device, site, metric, t, value, entered, method, note, author, receivedAt, kind, replacedBy } =
      one
    const { unit, kind: valueKind } = metricOf(services, metric)
    const now = registry.devices.get(device)
    const state = kind === 'withdrawal' ? kind : replacedBy === undefined ? 'standing' : stateAfter[replacedBy]
    return {
      id: position,
      ...{ device, site, metric, unit, entered, method },
      t: isoOf(t),
      value: shownValue(value, valueKind),
      note: note ?? null,
      author,
      at: isoOf(receivedAt),
      state,
      mayChange: state === 'standing' && now !== undefined && mayChange(actor, one, now)
    }
  }

  function answerOf({ id, site }: Device, { metric, t, value, kind }: ObservationRecord) {
    const known = services.metricCatalogue.get(metric)
    const implausible = known && unlikely(known, value) !== undefined ? qualityBits.implausible : 0
    const { unit, kind: valueKind } = metricOf(services, metric)
    return {
      ...{ device: id, site, metric, unit },
      t: isoOf(t),
      value: shownValue(value, valueKind),
      quality: qualityText(qualityBits.manual | implausible | (kind === 'withdrawal' ? qualityBits.withdrawn : 0))
    }
  }
}

const stateAfter = { entry: 'corrected', withdrawal: 'withdrawn' } as const

/** @returns what is unlikely about a value, in words. */
function unlikely({ min, max, unit }: Metric, value: number | string): string | undefined {
  if (typeof value !== 'number') return undefined
  if (min !== undefined && value < min) return `${value} ${unit} is below ${min} ${unit}`
  if (max !== undefined && value > max) return `${value} ${unit} is above ${max} ${unit}`
  return undefined
}

/** @returns the value as it is stored: in the metric's unit, claims as 1 and 0. */
function storedValue(metric: Metric, { value, unit }: Pick<z.infer<typeof bodyOfEntry>, 'value' | 'unit'>) {
  const wrong = (rule: string) =>
    new SenError('SEN_INPUT_INVALID', `enter ${metric.name}: ${JSON.stringify(value)} must be ${rule}`)
  switch (metric.kind) {
    case 'text':
      if (typeof value !== 'string') throw wrong('text')
      return value
    case 'boolean':
      if (typeof value !== 'boolean') throw wrong('true or false')
      return value ? 1 : 0
    case 'number': {
      if (typeof value !== 'number' || Math.abs(value) > Number.MAX_SAFE_INTEGER) throw wrong('a number')
      const inUnit = converted(value, unit, metric.unit)
      if (inUnit !== undefined) return inUnit
      throw new SenError('SEN_INPUT_INVALID', `enter ${metric.name}: the unit "${unit}" is none of it`, {
        hint: `It is given in ${unitsFor(metric.unit).join(', ')}.`
      })
    }
    default:
      return metric.kind satisfies never
  }
}

function placeKey(device: string, { metric, t }: { readonly metric: string; readonly t: number }): string {
  return `${device} ${metric} ${t}`
}

function missing(word: string, id: string): SenError {
  return new SenError('SEN_NOT_FOUND', `find ${word} ${id}: there is none`)
}
