import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { SenError } from '../../model/errors.ts'
import { deviceId, metricName, organisationId, placeId, siteId } from '../../model/ids.ts'
import type { SeriesDefinition } from '../../model/series.ts'
import { csvOf } from '../../storage/series/csv.ts'
import type { RangeFunction } from '../../storage/series/series-store.ts'
import { scanPages } from '../scan-pages.ts'
import type { Services } from '../services.ts'
import type { Actor } from '../auth/authorise.ts'
import { authorOf, requireActor } from './actor.ts'
import { durationMs, isoOf, isoTime, offsetMsOf } from './times.ts'
import { chosenSeries } from './series-choice.ts'
import { latestItems, metricOf } from './reading-items.ts'

const choice = z.object({
  device: deviceId.optional(),
  site: siteId.optional(),
  organisation: organisationId.optional(),
  place: placeId.optional(),
  metric: metricName.optional()
})

const functions = ['mean', 'min', 'max', 'first', 'last', 'count', 'sum'] as const satisfies readonly RangeFunction[]
const isFunction = (name: string): name is RangeFunction => (functions as readonly string[]).includes(name)

const period = choice.extend({
  from: isoTime.optional(),
  to: isoTime.optional()
})

const rangeQuery = period.extend({
  every: durationMs.optional(),
  fn: z
    .string()
    .transform(text => text.split(','))
    .refine(names => names.every(isFunction), `must be some of ${functions.join(', ')}, separated by commas`)
    .default(['mean']),
  limit: z.coerce.number().int().min(1).max(20_000).default(10_000),
  cursor: z.string().max(200).optional()
})

type Exported = Pick<z.infer<typeof period>, 'device' | 'site' | 'organisation' | 'place' | 'metric'> & {
  readonly from: number
  readonly to: number
  readonly series: readonly SeriesDefinition[]
}

const dayMs = 86_400_000

/** `GET /readings…`: newest values, stored rows, buckets, export. */
export function readingRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()

  app.get(
    '/readings/latest',
    {
      config: { access: 'read' },
      schema: { tags: ['readings'], summary: 'Newest value of each series', querystring: choice }
    },
    async request => {
      const series = chosenSeries(services, requireActor(request, services), request.query)
      const rows = await services.queries.latest(series.map(({ id }) => id))
      return { items: latestItems(rows, services), cursor: null }
    }
  )

  app.get(
    '/readings',
    {
      config: { access: 'read' },
      schema: { tags: ['readings'], summary: 'Stored rows, or buckets with `every` and `fn`', querystring: rangeQuery }
    },
    async (request, reply) => {
      const { query } = request
      const series = chosenSeries(services, requireActor(request, services), query)
      const { from, to } = periodOf(query, services)
      const heads = series.map(({ id }) => ({ id, ...headOfId(id) }))
      const ids = series.map(({ id }) => id)
      const answer =
        query.every === undefined
          ? await services.queries.rows({ series: ids, from, to, limit: query.limit, cursor: query.cursor }, heads)
          : await services.queries.range(
              {
                series: ids,
                from,
                to,
                everyMs: query.every,
                offsetMs: offsetMsOf(query.every),
                functions: query.fn.filter(isFunction)
              },
              heads,
              query.device !== undefined && query.metric !== undefined
            )
      return reply.type('application/json; charset=utf-8').send(answer)
    }
  )

  app.get(
    '/readings/export',
    {
      config: { access: 'export' },
      schema: {
        tags: ['readings'],
        summary: 'Every stored row of a period as CSV, streamed',
        querystring: period.extend({ format: z.enum(['csv']).default('csv') })
      }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const series = chosenSeries(services, actor, request.query)
      const { from, to } = periodOf(request.query, services)
      await services.peopleStore.audit([exportLine(actor, { ...request.query, from, to, series })])
      const name = request.query.device ?? request.query.site ?? request.query.place ?? 'sen'
      void reply
        .header('content-type', 'text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="${name}.csv"`)
      const pages = scanPages(services.queries, { series: series.map(({ id }) => id), from, to })
      return reply.send(Readable.from(inTurns(csvOf(pages, headOfId))))
    }
  )

  /** Readings that leave Sen: who took which. It is kept before the first of them goes. */
  function exportLine(actor: Actor, { device, site, organisation, place, metric, from, to, series }: Exported) {
    const owners = new Set(series.map(one => one.organisation))
    const [owner] = owners
    const [kind, id] = Object.entries({ device, site, organisation, place }).find(([, one]) => one !== undefined) ?? []
    return {
      at: services.clock.now(),
      author: authorOf(actor),
      action: 'readings.export',
      object: kind === undefined ? 'readings' : `${kind}:${id ?? ''}`,
      organisation: (owners.size === 1 ? owner : organisation) ?? actor.organisation,
      outcome: 'done',
      detail: `${series.length} series${metric === undefined ? '' : ` of ${metric}`}, ${isoOf(from)} to ${isoOf(to)}`,
      count: 1
    } as const
  }

  function headOfId(id: number) {
    const series = services.series.get(id)
    const { unit, kind } = metricOf(services, series?.metric ?? '')
    return { device: series?.device ?? '', metric: series?.metric ?? '', unit, kind }
  }
}

/** One piece a turn of the event loop: a fast reader must not keep devices waiting until its export ends. */
async function* inTurns(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const piece of pieces) {
    yield piece
    await nextTurn()
  }
}

/** The last 24 hours where nothing else is asked for. */
function periodOf(query: { readonly from?: number | undefined; readonly to?: number | undefined }, services: Services) {
  const to = query.to ?? services.clock.now() + 3_600_000
  const from = query.from ?? to - dayMs
  if (from >= to) throw new SenError('SEN_INPUT_INVALID', 'read readings: "from" must be before "to"')
  return { from, to }
}
