import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { SenError } from '../../model/errors.ts'
import { deviceId } from '../../model/ids.ts'
import { importedRows, mostImported } from '../../model/imported-rows.ts'
import type { ImportedRows } from '../../model/imported-rows.ts'
import { qualityBits } from '../../model/quality.ts'
import type { Device } from '../../model/registry.ts'
import type { Actor } from '../auth/authorise.ts'
import { boundedMemory } from '../auth/bounded-memory.ts'
import { scanPages } from '../scan-pages.ts'
import type { Services } from '../services.ts'
import { authorOf, demand, requireActor } from './actor.ts'
import { keepDurably } from './durable.ts'
import { objectOfDevice } from './objects.ts'
import { earliest } from './times.ts'

type Series = ImportedRows['series'][number]

/** Rows of a series that are to be kept, and how many there were of each kind. */
interface Compared {
  readonly kept: Series
  readonly counts: {
    readonly metric: string
    readonly rows: number
    /** Nothing stands at their time. */
    readonly added: number
    /** The same value stands there already: left out. */
    readonly duplicate: number
    /** Another value stands there, which they replace. */
    readonly different: number
  }
}

/** One import is one line of the audit log for each device, for so long. */
const togetherMs = 3_600_000
const noWithdrawal = 255 & ~qualityBits.withdrawn

/** `POST /readings/import`: history of an old logger, of any age, through the raw log as everything else. */
export function importRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { registry, clock } = services
  const noted = boundedMemory<string, true>({ clock, lifeMs: togetherMs, most: 1000 })

  app.post(
    '/readings/import',
    {
      config: { access: 'manage-devices' },
      schema: {
        tags: ['readings'],
        summary:
          "History of one device, in canonical units and at the device's own time, however old; what stands already is left out. 2xx means on disk",
        body: importedRows.extend({
          device: deviceId,
          /** Compares only. */
          dryRun: z.boolean().default(false)
        })
      }
    },
    async request => {
      const actor = requireActor(request, services)
      const { device: id, dryRun, ...rows } = request.body
      const device = registry.devices.get(id)
      if (!device) throw new SenError('SEN_NOT_FOUND', `find device ${id}: there is none`)
      demand(services, actor, 'manage-devices', objectOfDevice(services, device), `device ${id}`)
      check(rows)
      const compared: Compared[] = []
      for (const series of rows.series) compared.push(await compare(device, series))
      if (!dryRun) await keep(actor, device, { ...rows, series: compared.map(({ kept }) => kept) })
      return { device: id, series: compared.map(({ counts }) => counts) }
    }
  )

  function check({ series }: ImportedRows): void {
    let values = 0
    for (const { metric, t, value, quality } of series) {
      const known = services.metricCatalogue.get(metric)
      if (!known) throw new SenError('SEN_INPUT_INVALID', `import ${metric}: there is no such metric`)
      if (t.length !== value.length || (quality !== undefined && quality.length !== t.length)) {
        throw new SenError('SEN_INPUT_INVALID', `import ${metric}: ${t.length} times, ${value.length} values`)
      }
      values += t.length
      const latest = clock.now() + futureMs
      const wrong = t.find(one => one > latest || one < earliest)
      if (wrong !== undefined) throw new SenError('SEN_INPUT_INVALID', `import ${metric}: time ${wrong} cannot be`)
      const kind = known.kind === 'text' ? 'string' : 'number'
      const odd = value.find(one => typeof one !== kind)
      if (odd !== undefined)
        throw new SenError('SEN_INPUT_INVALID', `import ${metric}: ${JSON.stringify(odd)} is no ${kind}`)
    }
    if (values > mostImported)
      throw new SenError('SEN_INPUT_INVALID', `import: ${values} values, at most ${mostImported} at once`)
  }

  /** Compares rows with what stands. Of two rows at one time the later one counts. */
  async function compare(device: Device, series: Series): Promise<Compared> {
    const { metric, t, value } = series
    const standing = await standingOf(device, series)
    const chosen = new Map<number, number>()
    let duplicate = 0
    let different = 0
    for (const [row, at] of t.entries()) {
      const earlier = chosen.get(at)
      const there = earlier === undefined ? standing.get(at) : value[earlier]
      if (there === value[row]) duplicate++
      else {
        if (there !== undefined) different++
        chosen.set(at, row)
      }
    }
    const kept = [...chosen.values()]
    return {
      kept: {
        metric,
        t: kept.map(row => t[row] ?? 0),
        value: kept.map(row => value[row] ?? 0),
        ...(series.quality && { quality: kept.map(row => (series.quality?.[row] ?? 0) & noWithdrawal) })
      },
      counts: { metric, rows: t.length, added: t.length - duplicate - different, duplicate, different }
    }
  }

  /** What stands in the span of the rows, by time. */
  async function standingOf(device: Device, { metric, t }: Series): Promise<ReadonlyMap<number, number | string>> {
    const found = new Map<number, number | string>()
    const owner = registry.organisationOf(device)
    const known = services.series.ofDevice(device.id).find(one => one.metric === metric && one.organisation === owner)
    if (!known || t.length === 0) return found
    const [from, to] = t.reduce(([least, most], at) => [Math.min(least, at), Math.max(most, at)], [Infinity, -Infinity])
    const wanted = new Set(t)
    for await (const page of scanPages(services.queries, { series: [known.id], from, to: to + 1 }))
      page.time.forEach((at, row) => wanted.has(at) && found.set(at, page.value[row] ?? 0))
    return found
  }

  async function keep(actor: Actor, device: Device, rows: ImportedRows): Promise<void> {
    const series = rows.series.filter(({ t }) => t.length > 0)
    if (series.length === 0) return
    const { id, site } = device
    await note(actor, device, rows.import)
    const payload = Buffer.from(JSON.stringify({ ...rows, series }))
    await keepDurably(services, { door: 'import', credential: actor.id, topic: `site/${site}/${id}/import`, payload })
  }

  async function note(actor: Actor, device: Device, name: string): Promise<void> {
    const key = `${actor.id} ${device.id} ${name}`
    if (noted.has(key)) return
    await services.peopleStore.audit([
      {
        at: clock.now(),
        author: authorOf(actor),
        action: 'readings.import',
        object: `device:${device.id}`,
        organisation: registry.organisationOf(device) ?? actor.organisation,
        outcome: 'done',
        detail: name,
        count: 1
      }
    ])
    noted.set(key, true)
  }
}

const futureMs = 3_600_000
