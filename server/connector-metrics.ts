import type { ConnectorStatus } from './connectors.ts'
import type { Services } from './services.ts'

/** Figures of connections and floods for Prometheus, each connection by its name. */
export function connectorMetrics({ metrics, connectors, offenders, clock }: Services): void {
  const each = (name: string, help: string, valueOf: (status: ConnectorStatus) => number | undefined) => {
    metrics.gauges(name, help, 'connector', async () =>
      Object.fromEntries(
        connectors.list().flatMap(({ name: connector, status }) => {
          const value = valueOf(status)
          return value === undefined ? [] : [[connector, value] as const]
        })
      )
    )
  }
  each('sen_connector_up', 'Whether the connection stands', ({ state }) =>
    state === 'connected' || state === 'open' ? 1 : 0
  )
  each('sen_connector_silent', 'Whether nothing has come for much longer than is usual', status =>
    'isSilent' in status && status.isSilent ? 1 : 0
  )
  each('sen_connector_messages_total', 'Messages that came in since the connection was opened', status =>
    'received' in status ? status.received : 0
  )
  each('sen_connector_refused_total', 'Messages that were too large, beyond the quota, or wrongly signed', status =>
    'refused' in status ? status.refused + ('dropped' in status ? status.dropped : 0) : 0
  )
  each('sen_connector_certificate_expires_seconds', 'Time until the certificate of the broker ends', status =>
    'certificate' in status && status.certificate ? (status.certificate.expiresAt - clock.now()) / 1000 : undefined
  )
  each(
    'sen_connector_own_certificate_expires_seconds',
    'Time until the certificate that Sen shows to the broker ends',
    status =>
      'ownCertificate' in status && status.ownCertificate
        ? (status.ownCertificate.expiresAt - clock.now()) / 1000
        : undefined
  )
  metrics.gauge(
    'sen_flooding_senders',
    'Devices, logins and connections that sent more than their quota within the last ten minutes',
    () => offenders.present
  )
}
