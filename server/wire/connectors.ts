import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BrokerConnector } from '../../ingest/connectors/broker-connector.ts'
import { chirpStackSource, mappedSource, ttsSource } from '../../ingest/connectors/broker-sources.ts'
import type { BrokerSource } from '../../ingest/connectors/broker-sources.ts'
import { Webhook } from '../../ingest/connectors/webhook.ts'
import type { DeviceQuota } from '../../ingest/device-quota.ts'
import { ConnectorGuard } from '../../ingest/flood/connector-guard.ts'
import type { Offenders } from '../../ingest/flood/offenders.ts'
import type { Intake } from '../../ingest/intake.ts'
import { MessageReader } from '../../ingest/mapped/message-reader.ts'
import type { Clock } from '../../model/clock.ts'
import { SenError } from '../../model/errors.ts'
import type { Log } from '../../model/log.ts'
import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { Settings } from '../config.ts'
import type { OpenedConnector, RunningConnector } from '../connectors.ts'

/** What connectors stand on. */
interface ConnectorGround {
  readonly settings: Settings
  readonly intake: Intake
  readonly quota: DeviceQuota
  readonly offenders: Offenders
  readonly registry: RegistrySnapshot
  readonly clock: Clock
  readonly log: Log
}

/** @throws SenError `SEN_INPUT_INVALID` for a connector whose mapping is missing. */
export function openConnector(connector: OpenedConnector, ground: ConnectorGround): RunningConnector {
  const { name, url, secrets, options, rhythm } = connector
  const { settings, intake, quota, offenders, registry, clock, log } = ground
  const guard = new ConnectorGuard({
    name,
    limits: {
      perSecond: options.quota?.perSecond ?? settings.SEN_CONNECTOR_RATE,
      bytesPerSecond: options.quota?.bytesPerSecond ?? settings.SEN_CONNECTOR_BYTES,
      newDevicesPerHour: options.quota?.newDevicesPerHour ?? settings.SEN_NEW_DEVICES
    },
    devices: quota,
    isRegistered: device => registry.devices.has(device),
    offenders
  })
  if (connector.type === 'webhook') {
    const { signatureSecret: secret } = secrets
    const signature = options.signature && secret !== undefined ? { ...options.signature, secret } : undefined
    return new Webhook({ name, guard, signature, rhythm, clock })
  }
  return new BrokerConnector({
    ...{ name, url: url ?? '', guard, intake, rhythm, clock, log },
    source: brokerSourceOf(connector),
    tls: { ca: secrets.ca, cert: secrets.certificate, key: secrets.key },
    unwanted: options.formerFilters ?? [],
    clientId: `sen-${instanceOf(settings)}-${name}`
  })
}

function brokerSourceOf({ name, type, mapping }: OpenedConnector): BrokerSource {
  if (type === 'chirpstack') return chirpStackSource
  if (type === 'tts') return ttsSource
  if (mapping) return mappedSource(new MessageReader(mapping))
  throw new SenError('SEN_INPUT_INVALID', `open connector ${name}: it has no mapping`)
}

/** @returns a name for this installation, the same at every start: two Sens at one foreign broker must not share a session. */
function instanceOf(settings: Settings): string {
  const file = join(settings.SEN_DATA, 'instance')
  if (!existsSync(file)) writeFileSync(file, randomBytes(4).toString('hex'))
  return readFileSync(file, 'utf8')
}
