import { z } from 'zod'
import { organisationId } from '../../model/ids.ts'
import file from './nghe-an/agencies.json' with { type: 'json' }

const agency = z.object({
  id: organisationId,
  /** Official name in Vietnamese. */
  name: z.string(),
  /** Its name in English; a translation where the agency publishes none. */
  nameEn: z.string(),
  /** What kind of body it is, in the words of the plans: `sở`, `trung tâm`, `doanh nghiệp` … */
  type: z.string(),
  /** The agency or commune it is a unit of; the province where left out. */
  parent: organisationId.optional(),
  /** Whether the plans of 2025 and later know it. */
  isCurrent: z.boolean().default(true)
})
export type Agency = z.infer<typeof agency>

/** The agencies and units that Nghệ An's plans name. Source: see `nghe-an/agencies.json`. */
export const agencies: readonly Agency[] = z.array(agency).parse(file.agencies)
