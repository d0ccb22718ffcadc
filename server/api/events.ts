import type { FastifyInstance } from 'fastify'
import { rootOrganisation } from '../../model/registry.ts'
import type { LatestRows } from '../../storage/series/series-store.ts'
import type { LiveEvent } from '../live-hub.ts'
import type { Services } from '../services.ts'
import { mayAnywhere } from '../auth/authorise.ts'
import type { Actor } from '../auth/authorise.ts'
import { actorOf, may, mayRead, requireActor } from './actor.ts'
import { streamAlarms } from './alarm-events.ts'
import { visibleChanges } from './health-items.ts'
import { latestItems } from './reading-items.ts'

/** Bytes a slow listener may owe before readings are left out for it; the next ones bring it up to date. */
const mostOwedBytes = 1024 * 1024

/** How soon a listener whose token or session has ended hears nothing more, ms. */
const askAgainMs = 2000

/** `GET /events`: server-sent events `readings` (at most 4 a second a series), `accounting`, `registry`, `health`, and `alarms`, which resume by `Last-Event-ID`. */
export function eventRoutes(app: FastifyInstance, services: Services): void {
  app.get(
    '/events',
    {
      config: { access: 'read' },
      sse: 'only',
      schema: { tags: ['live'], summary: 'Live readings, accounting, registry changes, health and alarms (SSE)' }
    },
    async (request, reply) => {
      let actor = requireActor(request, services)
      const visible = (rows: LatestRows) => {
        const shown = rows.series.map(id => isVisible(actor, id))
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
          case 'readings': {
            const items = latestItems(visible(event.rows), services)
            return items.length === 0 ? undefined : { items }
          }
          case 'accounting':
            return event.accounting
          case 'registry':
            return {}
          case 'health':
            return visibleChanges(services, actor, event.changes)
          default:
            return event satisfies never
        }
      }
      const seesAll = () => may(services, actor, 'observe-system', rootOrganisation)
      reply.sse.keepAlive()
      const stop = services.live.listen(event => {
        if (event.kind === 'accounting' && !seesAll()) return
        if (!reply.sse.isConnected || reply.raw.writableLength > mostOwedBytes) return
        const data = dataOf(event)
        // That others have readings now is not said either.
        if (data === undefined) return
        reply.sse.send({ event: event.kind, data }).catch(() => {
          stop()
        })
      })
      const lastId = Number(request.headers['last-event-id'] ?? Number.NaN)
      const stopAlarms = streamAlarms({
        ...{ services, actor: () => actor, after: Number.isSafeInteger(lastId) ? lastId : undefined },
        send: event => {
          // Alarms are not left out: who does not read comes again, and goes on where it was.
          if (reply.raw.writableLength > mostOwedBytes) reply.raw.end()
          else reply.sse.send(event).catch(stop)
        }
      })
      // Rights are asked for again and again: who has lost them, or was idle for too long, is sent away.
      const watch = setInterval(() => {
        const now = actorOf(request, services, { isActivity: false })
        if (now && mayAnywhere(now, 'read')) actor = now
        else reply.raw.end()
      }, askAgainMs)
      reply.sse.onClose(() => {
        clearInterval(watch)
        stop()
        stopAlarms()
      })
      if (seesAll()) await reply.sse.send({ event: 'accounting', data: await services.accounting() })
      else await reply.sse.send({ event: 'registry', data: {} })
    }
  )

  function isVisible(actor: Actor, id: number): boolean {
    const series = services.series.get(id)
    if (!series) return false
    const isSimulated = services.registry.devices.get(series.device)?.simulated === true
    return mayRead(services, actor, { organisation: series.organisation, isSimulated })
  }
}
