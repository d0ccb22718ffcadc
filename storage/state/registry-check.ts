import { SenError } from '../../model/errors.ts'
import { rootOrganisation } from '../../model/registry.ts'
import type { Organisation, RegistryChange } from '../../model/registry.ts'
import { thingOf } from './registry-row.ts'

/** The newest change of each thing, by `thingOf`; only those that a check asks for need to be there. */
export type NewestChanges = ReadonlyMap<string, RegistryChange>

/** The things whose newest change `checkChange` looks at; of organisations it follows all the ancestors too. */
export function thingsConsulted(change: RegistryChange): readonly string[] {
  switch (change.kind) {
    case 'organisation':
      return [thingOf(change), ...parentOf(change.organisation)]
    case 'site':
      return [`organisation:${change.site.organisation}`]
    case 'device':
      return [`site:${change.device.site}`]
    case 'device-removed':
      return [thingOf(change)]
    default:
      return change satisfies never
  }
}

/** The parent's key, in a list that is empty for an organisation without one. */
export function parentOf(organisation: Organisation): readonly string[] {
  return organisation.parent === undefined ? [] : [`organisation:${organisation.parent}`]
}

/**
 * Says whether a change fits what stands before it.
 *
 * @throws SenError `SEN_NOT_FOUND` for a missing organisation, site or device; `SEN_CONFLICT` for an organisation that
 * would be its own ancestor, or a root with a parent.
 */
export function checkChange(change: RegistryChange, newest: NewestChanges): void {
  switch (change.kind) {
    case 'organisation':
      return checkOrganisation(change.organisation, newest)
    case 'site': {
      const { id, organisation } = change.site
      if (!newest.has(`organisation:${organisation}`)) throw missing(`site ${id}`, `organisation ${organisation}`)
      return
    }
    case 'device': {
      const { id, site } = change.device
      if (!newest.has(`site:${site}`)) throw missing(`device ${id}`, `site ${site}`)
      return
    }
    case 'device-removed':
      if (newest.get(thingOf(change))?.kind !== 'device') throw missing(`removal of device ${change.id}`, 'the device')
      return
    default:
      change satisfies never
  }
}

function checkOrganisation({ id, parent }: Organisation, newest: NewestChanges): void {
  if (parent === undefined) return
  if (id === rootOrganisation)
    throw new SenError('SEN_CONFLICT', `change organisation ${id}: the root has no parent, and ${parent} was given`)

  if (parent !== id && !newest.has(`organisation:${parent}`))
    throw missing(`organisation ${id}`, `organisation ${parent}`)
  // An organisation that is new here is nobody's parent yet, so only its own name could close a circle.
  if (parent !== id && !newest.has(`organisation:${id}`)) return

  for (const ancestor of ancestry(parent, newest)) {
    if (ancestor === id)
      throw new SenError('SEN_CONFLICT', `change organisation ${id}: under ${parent} it would be its own ancestor`)
  }
}

/** The organisation itself, its parent, and so on up. */
function* ancestry(id: string, newest: NewestChanges): Generator<string> {
  for (let at: string | undefined = id; at !== undefined;) {
    yield at
    const change: RegistryChange | undefined = newest.get(`organisation:${at}`)
    at = change?.kind === 'organisation' ? change.organisation.parent : undefined
  }
}

function missing(subject: string, reference: string): SenError {
  return new SenError('SEN_NOT_FOUND', `change ${subject}: ${reference} does not exist`)
}
