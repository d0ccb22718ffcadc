import { z } from 'zod'
import { metricName } from './ids.ts'

/** Values that one message of an import may hold, over all its series. */
export const mostImported = 20_000

/**
 * Rows of one device out of an old logger's file: the payload of a message of door `import` on
 * `site/{site}/{device}/import`. Values are in canonical units, 1 and 0 for true and false; times in ms since the epoch, UTC, of any age.
 */
export const importedRows = z.object({
  /** Which import they belong to, for people to find in the audit log. */
  import: z.string().max(100),
  series: z
    .array(
      z.object({
        metric: metricName,
        t: z.array(z.number().int()).max(mostImported),
        value: z.array(z.union([z.number(), z.string()])).max(mostImported),
        /** Marks of each row (`qualityBits`), where the file had them. */
        quality: z.array(z.number().int().min(0).max(255)).optional()
      })
    )
    .max(200)
})
export type ImportedRows = z.infer<typeof importedRows>
