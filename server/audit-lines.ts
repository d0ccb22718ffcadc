import { createHash } from 'node:crypto'
import type { AuditEntry, Author } from '../model/audit.ts'
import { rootOrganisation } from '../model/registry.ts'
import type { RegistryChange } from '../model/registry.ts'
import type { ProfileVersion } from '../model/profile.ts'
import type { RegistrySnapshot } from '../model/registry-snapshot.ts'

/**
 * The audit log's line of a registry change: what stood there before, and what stands there now.
 *
 * @param registry - as it is before the change.
 */
export function changeLine(
  change: RegistryChange,
  registry: RegistrySnapshot,
  { author, at }: { readonly author: Author; readonly at: number }
): AuditEntry {
  const { kind, id, before, after, organisation } = changed(change, registry)
  const verb = after === undefined ? 'remove' : before === undefined ? 'add' : 'change'
  return {
    at,
    author,
    action: `${kind}.${verb}`,
    object: `${kind}:${id}`,
    organisation: organisation ?? rootOrganisation,
    outcome: 'done',
    detail: '',
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    count: 1
  }
}

interface Changed {
  readonly kind: string
  readonly id: string
  readonly before: unknown
  readonly after?: unknown
  /** To whom it belongs. */
  readonly organisation: string | undefined
}

/** A version by its names: its codec may be a megabyte. */
function namesOf(version: ProfileVersion | undefined): unknown {
  if (!version) return undefined
  const { profile, codec, examples } = version
  const hash = codec === undefined ? undefined : createHash('sha256').update(codec).digest('hex').slice(0, 16)
  return { profile, codec: hash, examples: examples.length }
}

function changed(change: RegistryChange, registry: RegistrySnapshot): Changed {
  const { organisations, sites, devices, gateways, placeGroups, connectorMappings } = registry
  switch (change.kind) {
    case 'organisation': {
      const { organisation: after } = change
      return { kind: 'organisation', id: after.id, before: organisations.get(after.id), after, organisation: after.id }
    }
    case 'organisation-removed': {
      const before = organisations.get(change.id)
      return { kind: 'organisation', id: change.id, before, organisation: before?.parent }
    }
    case 'site': {
      const { site: after } = change
      return { kind: 'site', id: after.id, before: sites.get(after.id), after, organisation: after.organisation }
    }
    case 'site-removed': {
      const before = sites.get(change.id)
      return { kind: 'site', id: change.id, before, organisation: before?.organisation }
    }
    case 'device': {
      const { device: after } = change
      const organisation = registry.organisationOf(after)
      return { kind: 'device', id: after.id, before: devices.get(after.id), after, organisation }
    }
    case 'device-removed': {
      const before = devices.get(change.id)
      return { kind: 'device', id: change.id, before, organisation: before && registry.organisationOf(before) }
    }
    case 'gateway': {
      const { gateway: after } = change
      return { kind: 'gateway', id: after.id, before: gateways.get(after.id), after, organisation: after.owner }
    }
    case 'gateway-removed': {
      const before = gateways.get(change.id)
      return { kind: 'gateway', id: change.id, before, organisation: before?.owner }
    }
    case 'place-group': {
      const { placeGroup: after } = change
      return { kind: 'place-group', id: after.id, before: placeGroups.get(after.id), after, organisation: undefined }
    }
    case 'place-group-removed':
      return { kind: 'place-group', id: change.id, before: placeGroups.get(change.id), organisation: undefined }
    case 'profile': {
      const { version } = change
      const before = registry.profiles.get(version.profile.id)
      return {
        kind: 'profile',
        id: version.profile.id,
        before: namesOf(before),
        after: namesOf(version),
        organisation: undefined
      }
    }
    case 'profile-removed': {
      const before = namesOf(registry.profiles.get(change.id))
      return { kind: 'profile', id: change.id, before, organisation: undefined }
    }
    case 'connector-mapping': {
      const { mapping: after } = change
      const before = connectorMappings.get(after.id)
      return { kind: 'connector-mapping', id: after.id, before, after, organisation: after.organisation }
    }
    case 'connector-mapping-removed': {
      const before = connectorMappings.get(change.id)
      return { kind: 'connector-mapping', id: change.id, before, organisation: before?.organisation }
    }
    case 'doubts': {
      const { device, metrics } = change
      const at = devices.get(device)
      const before = registry.doubts.get(device) ?? []
      return { kind: 'doubts', id: device, before, after: metrics, organisation: at && registry.organisationOf(at) }
    }
    case 'rule': {
      const { rule: after } = change
      return {
        kind: 'rule',
        id: after.id,
        before: registry.rules.get(after.id),
        after,
        organisation: after.organisation
      }
    }
    case 'rule-removed': {
      const before = registry.rules.get(change.id)
      return { kind: 'rule', id: change.id, before, organisation: before?.organisation }
    }
    case 'calculation': {
      const { calculation: after } = change
      const before = registry.calculations.get(after.id)
      return { kind: 'calculation', id: after.id, before, after, organisation: after.organisation }
    }
    case 'calculation-removed': {
      const before = registry.calculations.get(change.id)
      return { kind: 'calculation', id: change.id, before, organisation: before?.organisation }
    }
    default:
      return change satisfies never
  }
}
