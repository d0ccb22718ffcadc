import type { Journal } from '../journal/journal.ts'
import type { Position } from '../model/position.ts'
import type { RedecodeSelection } from '../model/redecode.ts'
import type { RegistrySnapshot } from '../model/registry-snapshot.ts'
import type { OutsideKept, StateStore } from '../storage/state/state-store.ts'

/** From when to when, by time of receipt, ms UTC; `to` excluded. Without: as far as the raw log goes. */
export interface RedecodePeriod {
  readonly from?: number | undefined
  readonly to?: number | undefined
}

export interface OutsideProps {
  readonly state: Pick<StateStore, 'quarantineReasons'>
  readonly raw: Pick<Journal, 'status'>
  readonly lookup: { readonly receivedAt: (position: Position, last: Position) => Promise<number> }
  readonly registry: Pick<RegistrySnapshot, 'devices'>
}

/** @returns what of a selection and period the raw log has given up; `undefined` if it still has everything that ever came. */
export async function outsideKept(
  { state, raw, lookup, registry }: OutsideProps,
  selection: RedecodeSelection,
  { from, to }: RedecodePeriod
): Promise<OutsideKept | undefined> {
  const { first, last, trimmed } = raw.status()
  if (trimmed === 0) return undefined
  const keptFrom = await lookup.receivedAt(first, last)
  const gone = await state.quarantineReasons({
    ...{ before: first, devices: namesOf(selection, registry), reason: selection.reason },
    ...{ since: from, until: to }
  })
  // All figures are of one moment.
  if (raw.status().first !== first) return outsideKept({ state, raw, lookup, registry }, selection, { from, to })
  return {
    keptFrom: Number.isFinite(keptFrom) ? keptFrom : undefined,
    removed: trimmed,
    quarantined: gone.reduce((sum, { count }) => sum + count, 0),
    oldest: gone.length > 0 ? Math.min(...gone.map(({ oldest }) => oldest)) : undefined,
    newest: gone.length > 0 ? Math.max(...gone.map(({ newest }) => newest)) : undefined
  }
}

/** The ids and radios by which messages speak of what a selection means; `undefined`: whatever they say. */
function namesOf(
  { device, profile }: RedecodeSelection,
  { devices }: OutsideProps['registry']
): readonly string[] | undefined {
  if (device === undefined && profile === undefined) return undefined
  const named = [...devices.values()].filter(({ id }) => device === undefined || id === device)
  const meant = named.filter(one => profile === undefined || one.profile === profile)
  // Of a device that nobody registered the name is all there is.
  const unregistered = device !== undefined && profile === undefined ? [device] : []
  const names = meant.flatMap(({ id, hardware = id, formerHardware = [] }) => [id, hardware, ...formerHardware])
  return [...new Set([...unregistered, ...names])]
}
