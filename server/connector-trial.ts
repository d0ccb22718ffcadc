import { mappedRows } from '../devices/mapped-rows.ts'
import { deviceTimeOf } from '../devices/event-time.ts'
import type { LoadedProfile } from '../devices/profiles/load-profiles.ts'
import { MessageReader } from '../ingest/mapped/message-reader.ts'
import type { Problem, Sample } from '../ingest/mapped/message-reader.ts'
import type { ConnectorMapping } from '../model/connector-mapping.ts'
import type { RegistrySnapshot } from '../model/registry-snapshot.ts'

/** What a mapping makes of one message, without keeping anything. */
export interface ConnectorTrial {
  readonly samples: readonly {
    readonly device: string
    readonly isRegistered: boolean
    /** ISO 8601; `null` where the message gives none, and the time of receipt would stand. */
    readonly time: string | null
    readonly readings: readonly { readonly metric: string; readonly value: number | string | boolean }[]
    readonly refused: readonly { readonly field: string; readonly reason: string }[]
    readonly unmapped: readonly string[]
  }[]
  readonly problem: Problem | null
}

/**
 * Reads one message by a mapping. Values are mapped by its fields, else by the profile of the registered device.
 *
 * @throws SenError `SEN_INPUT_INVALID` for a mapping that contradicts itself.
 */
export function tryMapping(
  mapping: ConnectorMapping,
  message: { readonly topic: string; readonly payload: Uint8Array },
  known: { readonly registry: RegistrySnapshot; readonly profiles: ReadonlyMap<string, LoadedProfile> }
): ConnectorTrial {
  const reader = new MessageReader(mapping)
  const read = reader.read(message.topic, message.payload)
  if (!read.ok) return { samples: [], problem: { reason: read.reason, detail: read.detail } }
  const samples = read.samples.map((sample: Sample) => {
    const device = known.registry.devices.get(sample.device)
    const fields = reader.fields ?? known.profiles.get(device?.profile ?? '')?.mapping
    const mapped = fields && mappedRows(fields, sample.values)
    return {
      device: sample.device,
      isRegistered: device !== undefined,
      time: isoOf(deviceTimeOf(sample.time)),
      readings: mapped?.rows.map(({ metric, value }) => ({ metric, value })) ?? [],
      refused: mapped?.refused ?? [],
      unmapped: mapped?.unmapped ?? Object.keys(sample.values)
    }
  })
  return { samples, problem: read.problem ?? null }
}

/** Beyond what a `Date` can say there is no time. */
function isoOf(time: number | undefined): string | null {
  const date = new Date(time ?? Number.NaN)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}
