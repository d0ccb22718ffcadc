import { rootOrganisation } from '../../model/registry.ts'
import type { Organisation, OrganisationKind } from '../../model/registry.ts'
import { agencies } from './agencies.ts'
import type { Agency } from './agencies.ts'
import { slugOf } from '../slug.ts'
import { communes } from './communes.ts'
import type { Commune } from './communes.ts'

/** Bodies that are no agency, by their type. */
const kinds: Readonly<Record<string, OrganisationKind>> = {
  'doanh nghiệp': 'company',
  'đoàn thể': 'other',
  trường: 'other'
}

/**
 * The organisations of Nghệ An below the root: its communes and wards, and the agencies that its plans name today.
 * Parents stand before their units. The ids are fixed: `xa-kim-lien`, `phuong-cua-lo`, `so-y-te`.
 */
export const ngheAnOrganisations: readonly Organisation[] = [
  ...[...communes.values()].map(communeOrganisation),
  ...parentsFirst(agencies.filter(({ isCurrent }) => isCurrent)).map(agencyOrganisation)
]

/** @returns the id of a commune's own organisation: the full name, Vietnamese letters folded to ASCII. */
export function communeOrganisationId({ fullName }: Pick<Commune, 'fullName'>): string {
  return slugOf(fullName)
}

function communeOrganisation(commune: Commune): Organisation {
  return {
    id: communeOrganisationId(commune),
    name: commune.fullName,
    nameEn: `${commune.name} ${commune.kind === 'xã' ? 'Commune' : 'Ward'}`,
    kind: 'commune',
    parent: rootOrganisation,
    commune: commune.code
  }
}

function agencyOrganisation({ id, name, nameEn, type, parent = rootOrganisation }: Agency): Organisation {
  return { id, name, nameEn, kind: kinds[type] ?? 'agency', parent }
}

/** A unit of an agency has no units of its own here, so those without a parent go first. */
function parentsFirst(list: readonly Agency[]): readonly Agency[] {
  return [...list.filter(({ parent }) => parent === undefined), ...list.filter(({ parent }) => parent !== undefined)]
}
