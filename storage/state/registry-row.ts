import { crc32 } from 'node:zlib'
import { SenError } from '../../model/errors.ts'
import type { Position } from '../../model/position.ts'
import type { RegistryChange } from '../../model/registry.ts'
import type { RegistryChangeRow } from './tables.ts'

/** What a change is about, as the key under which its changes follow each other. */
export function thingOf(change: RegistryChange): string {
  switch (change.kind) {
    case 'organisation':
      return `organisation:${change.organisation.id}`
    case 'organisation-removed':
      return `organisation:${change.id}`
    case 'site':
      return `site:${change.site.id}`
    case 'site-removed':
      return `site:${change.id}`
    case 'device':
      return `device:${change.device.id}`
    case 'device-removed':
      return `device:${change.id}`
    case 'gateway':
      return `gateway:${change.gateway.id}`
    case 'gateway-removed':
      return `gateway:${change.id}`
    case 'place-group':
      return `place-group:${change.placeGroup.id}`
    case 'place-group-removed':
      return `place-group:${change.id}`
    case 'profile':
      return `profile:${change.version.profile.id}`
    case 'profile-removed':
      return `profile:${change.id}`
    case 'connector-mapping':
      return `connector-mapping:${change.mapping.id}`
    case 'connector-mapping-removed':
      return `connector-mapping:${change.id}`
    case 'doubts':
      return `doubts:${change.device}`
    case 'rule':
      return `rule:${change.rule.id}`
    case 'rule-removed':
      return `rule:${change.id}`
    case 'calculation':
      return `calculation:${change.calculation.id}`
    case 'calculation-removed':
      return `calculation:${change.id}`
    default:
      return change satisfies never
  }
}

/** A change as the row that waits for its place in the raw log. */
export function rowOf(
  change: RegistryChange,
  facts: { readonly id: number; readonly madeAt: number; readonly after: number }
): RegistryChangeRow {
  const row = {
    id: facts.id,
    kind: change.kind,
    thing: thingOf(change),
    body: JSON.stringify(change),
    made_at: facts.madeAt,
    after_position: facts.after,
    position: null
  }
  return { ...row, checksum: checksumOf(row) }
}

/**
 * Reads a row back.
 *
 * @throws SenError `SEN_STATE_FAILED` if the row is not what was written (its checksum tells).
 */
export function changeOf(row: RegistryChangeRow): RegistryChange {
  const found = checksumOf(row)
  if (found !== row.checksum) {
    throw new SenError(
      'SEN_STATE_FAILED',
      `read registry change ${row.id} (${row.thing}): checksum ${found} is not the ${row.checksum} that was written`,
      { hint: 'The state database is damaged: restore it from a backup.' }
    )
  }
  // The checksum says that this is what `rowOf` wrote, so it has the type that it had there.
  return JSON.parse(row.body) as RegistryChange
}

/**
 * The row once its change stands in the raw log.
 *
 * @throws SenError `SEN_STATE_FAILED` if the row is not what was written.
 */
export function placedAt(row: RegistryChangeRow, position: Position): RegistryChangeRow {
  changeOf(row)
  const placed = { ...row, position }
  return { ...placed, checksum: checksumOf(placed) }
}

/** CRC-32 of a row's other columns. */
function checksumOf(row: Omit<RegistryChangeRow, 'checksum'>): number {
  return crc32(JSON.stringify([row.id, row.kind, row.thing, row.body, row.made_at, row.after_position, row.position]))
}
