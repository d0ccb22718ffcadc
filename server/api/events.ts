import type { FastifyInstance } from 'fastify'
import { rootOrganisation } from '../../model/registry.ts'
import type { LatestRows } from '../../storage/series/series-store.ts'
import type { LiveEvent } from '../live-hub.ts'
import type { Services } from '../services.ts'
import { demand, mayRead, requireActor } from './actor.ts'
import { latestItems } from './reading-items.ts'

/** Bytes a slow listener may owe before readings are left out for it; the next ones bring it up to date. */
const mostOwedBytes = 1024 * 1024

/** `GET /events`: server-sent events `readings` (at most 4 a second a series), `accounting`, `registry`. */
export function eventRoutes(app: FastifyInstance, services: Services): void {
  app.get(
    '/events',
    { sse: 'only', schema: { tags: ['live'], summary: 'Live readings, accounting and registry changes (SSE)' } },
    async (request, reply) => {
      const actor = requireActor(request, services)
      demand(services, actor, 'read', actor.organisation, 'events')
      const visible = (rows: LatestRows) => {
        const shown = rows.series.map(id => mayRead(services, actor, services.series.get(id)?.organisation))
        if (shown.every(Boolean)) return rows
        const keep = <T>(column: readonly T[]) => column.filter((_, i) => shown[i])
        return {
          series: keep(rows.series),
          time: keep(rows.time),
          value: keep(rows.value),
          quality: keep(rows.quality)
        }
      }
      const dataOf = (event: LiveEvent): unknown => {
        switch (event.kind) {
          case 'readings':
            return { items: latestItems(visible(event.rows), services) }
          case 'accounting':
            return event.accounting
          case 'registry':
            return {}
          default:
            return event satisfies never
        }
      }
      const seesAll = actor.organisation === rootOrganisation
      reply.sse.keepAlive()
      const stop = services.live.listen(event => {
        if (event.kind === 'accounting' && !seesAll) return
        if (!reply.sse.isConnected || reply.raw.writableLength > mostOwedBytes) return
        reply.sse.send({ event: event.kind, data: dataOf(event) }).catch(() => {
          stop()
        })
      })
      reply.sse.onClose(stop)
      if (seesAll) await reply.sse.send({ event: 'accounting', data: await services.accounting() })
      else await reply.sse.send({ event: 'registry', data: {} })
    }
  )
}
