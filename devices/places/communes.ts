import { z } from 'zod'
import { communeCode } from '../../model/ids.ts'
import file from './nghe-an/communes.json' with { type: 'json' }

const commune = z.object({
  /** The state's administrative code, 5 digits. */
  code: communeCode,
  name: z.string(),
  /** The name with its kind before it: `Xã Kim Liên`. */
  fullName: z.string(),
  /** A commune (xã), or a ward (phường). */
  kind: z.enum(['xã', 'phường']),
  /** Centre of its area, WGS 84, degrees. */
  latitude: z.number(),
  longitude: z.number(),
  areaKm2: z.number().positive()
})
export type Commune = z.infer<typeof commune>

/** The 130 communes and wards of Nghệ An since 01/07/2025, by code. Source: see `nghe-an/communes.json`. */
export const communes: ReadonlyMap<string, Commune> = new Map(
  z
    .array(commune)
    .parse(file.communes)
    .map(one => [one.code, one])
)
