import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { SenError } from '../../model/errors.ts'
import { deviceId, organisationId, siteId } from '../../model/ids.ts'
import type { Device } from '../../model/registry.ts'
import type { AcceptanceRecord } from '../../storage/state/onboarding-store.ts'
import { acceptanceSheet } from '../onboarding/acceptance-sheet.ts'
import type { SheetEntry } from '../onboarding/acceptance-sheet.ts'
import { findingsOf } from '../onboarding/acceptances.ts'
import type { Services } from '../services.ts'
import { authorOf, mayRead, requireActor } from './actor.ts'
import { managedDevice, measuredBy, shownDevice, visibleDevice } from './device-items.ts'
import { objectOfDevice } from './objects.ts'
import { chosenSites } from './site-choice.ts'

const tags = ['onboarding']
const params = z.object({ id: deviceId })
const styleSheet = readFileSync(new URL('../onboarding/acceptance-sheet.css', import.meta.url), 'utf8')
const html = 'text/html; charset=utf-8'
/** Each has a page. */
const mostOnSheet = 600

/** Verdicts on installed devices (Đạt, Chưa đạt), their sheets to print, and the photo of the finished work. */
export function acceptanceRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { onboarding, registry, clock } = services

  app.get(
    '/devices/:id/acceptance',
    {
      config: { access: 'read' },
      schema: { tags, summary: 'How an installed device would be judged now, and was', params }
    },
    async request => {
      const device = visibleDevice(services, requireActor(request, services), request.params.id)
      const [recorded] = await onboarding.store.acceptances([device.id])
      return { ...(await judged(device)), recorded: recorded ? shownRecord(recorded) : null }
    }
  )

  app.post(
    '/devices/:id/acceptance',
    {
      config: { access: 'manage-devices' },
      schema: { tags, summary: 'Records the verdict on an installed device, with its facts', params }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const device = managedDevice(services, actor, request.params.id)
      const findings = await judged(device)
      const author = authorOf(actor)
      const at = clock.now()
      const record = {
        ...{ device: device.id, at, author: author.id, authorName: author.name },
        ...{ isPassed: findings.isPassed, findings }
      }
      const id = await onboarding.store.addAcceptance(record, {
        ...{ at, author, action: 'device.accept', object: `device:${device.id}`, outcome: 'done', count: 1 },
        organisation: registry.organisationOf(device) ?? '',
        detail: findings.isPassed ? 'passed' : 'not passed',
        after: { results: findings.results }
      })
      return reply.status(201).send({ ...findings, recorded: shownRecord({ id, ...record }) })
    }
  )

  app.get(
    '/devices/:id/acceptance/sheet',
    { config: { access: 'read' }, schema: { tags, summary: 'The acceptance sheet of a device, to print', params } },
    async (request, reply) => {
      const device = visibleDevice(services, requireActor(request, services), request.params.id)
      return reply.type(html).send(await sheetFor(`Thiết bị ${device.name}`, [device]))
    }
  )

  app.get(
    '/acceptance/sheet',
    {
      config: { access: 'read' },
      schema: {
        tags,
        summary: 'The acceptance sheet of a delivery, a site or an organisation, to print',
        querystring: z.object({
          delivery: z.string().max(100).optional(),
          site: siteId.optional(),
          organisation: organisationId.optional()
        })
      }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const { delivery, ...choice } = request.query
      const sites = chosenSites(services, actor, choice)
      const devices = [...registry.devices.values()].filter(
        one =>
          sites.has(one.site) &&
          (delivery === undefined || one.externalIds?.['delivery'] === delivery) &&
          mayRead(services, actor, objectOfDevice(services, one))
      )
      if (devices.length > mostOnSheet) {
        throw new SenError('SEN_QUERY_LIMIT', `print sheet: ${devices.length} devices, at most ${mostOnSheet}`, {
          hint: 'Ask for one delivery or one site.'
        })
      }
      const title =
        delivery === undefined ? (choice.site ?? choice.organisation ?? 'Mọi thiết bị') : `Đợt giao ${delivery}`
      return reply.type(html).send(await sheetFor(title, devices))
    }
  )

  app.get(
    '/acceptance/style.css',
    { config: { access: 'known' }, schema: { tags, summary: 'How the sheets look' } },
    async (_request, reply) => reply.type('text/css; charset=utf-8').send(styleSheet)
  )

  app.post(
    '/devices/:id/photo',
    {
      config: { access: 'manage-devices' },
      schema: {
        tags,
        summary: 'Keeps the photo of the finished work; it becomes one of the mounting facts',
        params,
        /** In base64: JPEG, PNG or WebP. */
        body: z.object({ photo: z.base64().max(1_000_000) })
      }
    },
    async request => {
      const actor = requireActor(request, services)
      const { id } = managedDevice(services, actor, request.params.id)
      const photo = await onboarding.photos.keep(Buffer.from(request.body.photo, 'base64'))
      const [changed] = await services.administration.reviseDevices(
        ({ devices }) => {
          const present = devices.get(id)
          return present ? [{ ...present, mounting: { ...present.mounting, photo } }] : []
        },
        authorOf(actor),
        'photo'
      )
      return shownDevice(services, changed ?? managedDevice(services, actor, id))
    }
  )

  app.get(
    '/devices/:id/photo',
    { config: { access: 'read' }, schema: { tags, summary: 'The photo of the finished work', params } },
    async (request, reply) => {
      const device = visibleDevice(services, requireActor(request, services), request.params.id)
      const photo = device.mounting?.photo && (await onboarding.photos.read(device.mounting.photo))
      if (!photo) throw new SenError('SEN_NOT_FOUND', `find photo of device ${device.id}: there is none`)
      return reply.type(photo.type).header('content-disposition', 'inline').send(photo.bytes)
    }
  )

  async function judged(device: Device) {
    return findingsOf(services, device, { measures: measuredBy(services, device), since: await placedAt(device) })
  }

  /** When what hangs there now came to where it hangs. */
  async function placedAt({ id }: Device): Promise<number> {
    const events = await onboarding.life.history(id)
    return events.findLast(({ kind }) => kind === 'replaced' || kind === 'moved')?.at ?? 0
  }

  async function sheetFor(title: string, devices: readonly Device[]): Promise<string> {
    const records = await onboarding.store.acceptances(devices.map(({ id }) => id))
    const recorded = new Map(records.map(record => [record.device, record]))
    const entries: SheetEntry[] = []
    for (const device of devices) entries.push({ ...(await entryOf(device)), recorded: recorded.get(device.id) })
    const metricName = (metric: string): string => services.metricCatalogue.get(metric)?.vi ?? metric
    return acceptanceSheet({ title, entries, metricName })
  }

  async function entryOf(device: Device): Promise<Omit<SheetEntry, 'recorded'>> {
    const site = registry.sites.get(device.site)
    return {
      device,
      siteName: site?.name ?? device.site,
      organisationName: registry.organisations.get(site?.organisation ?? '')?.name ?? '',
      profileName: services.profiles.get(device.profile)?.profile.name.vi ?? device.profile,
      findings: await judged(device)
    }
  }
}

function shownRecord({ id, at, authorName, isPassed }: AcceptanceRecord) {
  return { id, at: new Date(at).toISOString(), author: authorName, isPassed }
}
