import { z } from 'zod'
import { metricName, profileId } from './ids.ts'

/** A metric that only this profile knows: one entry more for the metric catalogue. */
export const profileMetric = z.object({
  vi: z.string().min(1),
  en: z.string().min(1),
  unit: z.string().default(''),
  kind: z.enum(['number', 'boolean', 'text']).default('number'),
  min: z.number().optional(),
  max: z.number().optional(),
  aggregate: z.enum(['mean', 'sum', 'last']).default('mean')
})

/**
 * How one field of a decoded payload becomes a metric: `value × scale + offset`, in the metric's canonical unit.
 * Numbers that arrive as text ("24.59") count as numbers; `missing` lists values by which the device says "no sensor".
 */
export const fieldMapping = z.object({
  metric: metricName,
  scale: z.number().default(1),
  offset: z.number().default(0),
  missing: z.array(z.union([z.number(), z.string()])).optional(),
  /** For a boolean metric: the values that mean true; everything else means false. */
  trueWhen: z.array(z.union([z.number(), z.string(), z.boolean()])).optional()
})
export type FieldMapping = z.infer<typeof fieldMapping>

/**
 * `profile.yaml`: what a kind of device is, and how the fields of its payload become metrics.
 * The mapping stands here and not in the codec, so that a published codec runs unmodified.
 */
export const profile = z
  .object({
    id: profileId,
    vendor: z.string().min(1),
    model: z.string().min(1),
    name: z.object({ vi: z.string().min(1), en: z.string().min(1) }),
    /** `lorawan`: bytes, read by `codec.js`. `json`: the payload is a JSON object, its keys are mapped as they are. */
    payload: z.enum(['lorawan', 'json']),
    /** Where the facts come from: datasheet, page, version. */
    source: z.string().min(1),
    /** How often the device is expected to report, s. */
    intervalS: z.number().positive().optional(),
    /** Field of the decoded object (dots reach into nested objects) → metric. `*`: every key that is a metric's name. */
    fields: z.record(z.string(), z.union([metricName, fieldMapping, z.literal('*')])),
    /**
     * Where one payload carries several moments: `path` of the list, and `time`, the entry's field with its event time
     * (the rules of `ts`). The entry's other fields follow `fields`.
     */
    history: z.object({ path: z.string(), time: z.string() }).optional(),
    metrics: z.record(metricName, profileMetric).default({})
  })
  .strict()
export type Profile = z.infer<typeof profile>

/** One of `examples.json`: the codec is called with it, and the mapping too where `readings` is given. */
export const profileExample = z.object({
  description: z.string().optional(),
  fPort: z.number().int().nullable().optional(),
  /** Hexadecimal, for `payload: lorawan`. */
  bytes: z
    .string()
    .regex(/^([0-9a-fA-F]{2})*$/)
    .optional(),
  /** For `payload: json`. */
  json: z.unknown().optional(),
  /** What the codec answers, or `errors`. */
  data: z.unknown().optional(),
  errors: z.array(z.string()).optional(),
  /** What the mapping makes of it: metric → value; `time` in ms since the epoch where the payload carries it. */
  readings: z
    .array(
      z.object({
        metric: metricName,
        value: z.union([z.number(), z.boolean(), z.string()]),
        time: z.number().optional()
      })
    )
    .optional(),
  source: z.string().optional()
})
export type ProfileExample = z.infer<typeof profileExample>
