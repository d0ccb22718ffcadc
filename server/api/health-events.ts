import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { deviceId, gatewayId } from '../../model/ids.ts'
import type { HealthEventKind } from '../../model/health.ts'
import type { Services } from '../services.ts'
import { requireActor } from './actor.ts'
import { healthEventItem, sightOf } from './health-items.ts'

const kinds = [
  ...(['device-silent', 'gateway-down', 'clock-wrong', 'battery-low'] as const),
  ...(['value-stuck', 'value-spiking', 'value-drifting'] as const)
] as const satisfies readonly HealthEventKind[]

/** `GET /health-events`: what went wrong with devices and gateways, and when it was over; newest first. */
export function healthEventRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  app.get(
    '/health-events',
    {
      config: { access: 'read' },
      schema: {
        tags: ['health'],
        summary: 'What went wrong with your devices and gateways, newest first',
        querystring: z.object({
          device: deviceId.optional(),
          gateway: gatewayId.optional(),
          kind: z.enum(kinds).optional(),
          /** `true`: those that go on; `false`: those that are over. */
          open: z.stringbool().optional(),
          limit: z.coerce.number().int().min(1).max(1000).default(100),
          /** The `cursor` of the page before. */
          cursor: z
            .string()
            .max(250)
            .regex(/^\d{1,16}-/, 'must be a cursor')
            .optional()
        })
      }
    },
    async request => {
      const sight = sightOf(services, requireActor(request, services))
      const { device, gateway, kind, open, limit, cursor } = request.query
      const { registry } = services
      const events = await services.deviceHealth.events({
        ...{ limit, after: cursor, device, gateway, kind, isOpen: open },
        devices: [...registry.devices.keys()].filter(sight.seesDevice),
        gateways: [...registry.gateways.keys()].filter(sight.seesGateway)
      })
      return {
        items: events.map(event => healthEventItem(event, sight)),
        cursor: events.length < limit ? null : (events.at(-1)?.id ?? null)
      }
    }
  )
}
