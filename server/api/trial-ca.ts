import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Services } from '../services.ts'
import type { TrialAuthority } from '../tls/trial-authority.ts'
import { trialPage } from '../tls/trial-page.ts'
import { secureAddressFor } from './transport.ts'

const styleSheet = new URL('../tls/trial-page.css', import.meta.url)

/**
 * `/trial-ca`, where phones and computers install the authority of `--trial-ca`: open to everybody and over plain HTTP too,
 * since until then they cannot check our certificate. All of it is public.
 */
export function trialPages(app: FastifyInstance, services: Services): void {
  const { trial } = services.reach
  if (!trial) return
  const style = readFileSync(styleSheet, 'utf8')

  app.get('/trial-ca', { schema: { hide: true } }, async (request, reply) => {
    const { fingerprint256: fingerprint, validToDate } = trial.certificate
    const page = await trialPage({ address: addressFor(request, services, trial), fingerprint, endsAt: validToDate })
    return reply.type('text/html; charset=utf-8').send(page)
  })

  app.get('/trial-ca/style.css', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/css; charset=utf-8').send(style)
  )

  app.get('/trial-ca/sen-ca.crt', { schema: { hide: true } }, async (_request, reply) =>
    reply
      .type('application/x-x509-ca-cert')
      .header('content-disposition', 'attachment; filename="sen-ca.crt"')
      .send(trial.certificate.raw)
  )
}

/** Where a phone opens Sen: under the name by which the page was reached, unless that means this machine itself. */
function addressFor(request: FastifyRequest, services: Services, { hosts }: TrialAuthority): string {
  const here = secureAddressFor(request, services)
  if (here !== undefined && !/^https:\/\/(?:localhost|127\.|\[::1\])/.test(here)) return here
  const host =
    hosts.find(one => isIP(one) === 4 && !one.startsWith('127.')) ??
    hosts.find(one => one.endsWith('.local')) ??
    'localhost'
  return new URL(`https://${isIP(host) === 6 ? `[${host}]` : host}:${services.reach.httpsPort()}`).origin
}
