import { SenError } from '../../model/errors.ts'
import { rootOrganisation } from '../../model/registry.ts'
import type { Gateway, Organisation, RegistryChange } from '../../model/registry.ts'
import type { NewestChanges } from './newest-changes.ts'
import { isRemoval, referencesOf, wordsOf } from './registry-references.ts'
import { thingOf } from './registry-row.ts'

/**
 * The things whose newest change `checkChange` looks at. It also follows an organisation's ancestors, and for a removal
 * whatever may refer to what is removed.
 */
export function thingsConsulted(change: RegistryChange): readonly string[] {
  const isOwnNeeded = change.kind === 'organisation' || isRemoval(change)
  return [...(isOwnNeeded ? [thingOf(change)] : []), ...referencesOf(change)]
}

/**
 * Says whether a change fits what stands before it.
 *
 * @param newest - what `thingsConsulted` says.
 * @throws SenError `SEN_NOT_FOUND` for a reference to what is not there, or the removal of such; `SEN_CONFLICT` for an
 *   organisation that would be its own ancestor, a root with a parent, a second province, a gateway shared with its owner,
 *   and the removal of the root or of something that others refer to.
 */
export function checkChange(change: RegistryChange, newest: NewestChanges): void {
  switch (change.kind) {
    case 'organisation':
      return checkOrganisation(change.organisation, newest)
    case 'gateway':
      checkReferences(change, newest)
      return checkSharing(change.gateway)
    case 'site':
    case 'device':
    case 'place-group':
    case 'profile':
    case 'connector-mapping':
    case 'doubts':
    case 'rule':
    case 'calculation':
      return checkReferences(change, newest)
    case 'organisation-removed':
    case 'site-removed':
    case 'device-removed':
    case 'gateway-removed':
    case 'place-group-removed':
    case 'profile-removed':
    case 'connector-mapping-removed':
    case 'rule-removed':
    case 'calculation-removed':
      return checkRemoval(thingOf(change), newest)
    default:
      change satisfies never
  }
}

function checkReferences(change: RegistryChange, newest: NewestChanges): void {
  const lacking = referencesOf(change).find(reference => !newest.has(reference))
  if (lacking !== undefined) throw missing(wordsOf(thingOf(change)), wordsOf(lacking))
}

function checkOrganisation({ id, parent, kind }: Organisation, newest: NewestChanges): void {
  if (kind === 'province' && id !== rootOrganisation)
    throw new SenError('SEN_CONFLICT', `change organisation ${id}: the root alone is a province`)
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

function checkSharing({ id, owner, sharedWith }: Gateway): void {
  if (sharedWith.includes(owner))
    throw new SenError('SEN_CONFLICT', `change gateway ${id}: ${owner} owns it, so it is not shared with it`)
}

/** How many of those that stand in the way a message names. */
const named = 5

function checkRemoval(thing: string, newest: NewestChanges): void {
  if (!newest.has(thing)) throw missing(`removal of ${wordsOf(thing)}`, 'it')
  if (thing === `organisation:${rootOrganisation}`)
    throw new SenError('SEN_CONFLICT', 'remove organisation root: everything lies below it')

  const inTheWay = [...newest.dependantsOf(thing).map(wordsOf), ...newest.tiesOf(thing)]
  if (inTheWay.length === 0) return
  const more = inTheWay.length > named ? ` and ${inTheWay.length - named} more` : ''
  throw new SenError(
    'SEN_CONFLICT',
    `remove ${wordsOf(thing)}: it still has ${inTheWay.slice(0, named).join(', ')}${more}`,
    { hint: 'Remove these first, or give them to another.' }
  )
}

function missing(subject: string, reference: string): SenError {
  return new SenError('SEN_NOT_FOUND', `change ${subject}: ${reference} does not exist`)
}
