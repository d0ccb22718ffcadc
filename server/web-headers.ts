import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import { isSecure } from './api/transport.ts'
import type { Services } from './services.ts'

const yearS = 31_536_000

/** What pages may use of the device: the camera for QR codes, and passkeys. */
const permissions =
  'camera=(self), publickey-credentials-get=(self), publickey-credentials-create=(self), microphone=(), geolocation=(), payment=(), usb=()'

/**
 * What browsers are told with every answer: scripts and styles come from files of this server alone, nothing is framed,
 * nothing about a visit is passed on, nothing is kept that does not say it may be; and no header lets pages of other
 * origins read (CORS).
 */
export async function webHeaders(app: FastifyInstance, services: Services): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        // `data:` for icons in style sheets.
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        workerSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"]
      }
    },
    xFrameOptions: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: false
  })
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('permissions-policy', permissions)
    /*
     * A browser that has heard this takes TLS for every port of the host. So it is said only where Sen has the host's own
     * port 443, not where other programs (ChirpStack at 8080) may stand beside it; and not by a trial authority.
     */
    const isAtOwnPort = !/:\d+$/.test(request.host)
    if (isSecure(request) && isAtOwnPort && !services.reach.trial)
      void reply.header('strict-transport-security', `max-age=${yearS}`)
  })
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store')
  })
}
