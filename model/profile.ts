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
  /** Numbers beyond this range, as they arrive, are another way of saying it: no place has latitude 202°. */
  within: z.tuple([z.number(), z.number()]).optional(),
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
    fields: z.record(z.string().max(200), z.union([metricName, fieldMapping, z.literal('*')])),
    /**
     * Where one payload carries several moments: `path` of the list, and `time`, the entry's field with its event time
     * (the rules of `ts`). The entry's other fields follow `fields`.
     */
    history: z.object({ path: z.string().max(200), time: z.string().max(200) }).optional(),
    /** For `payload: lorawan`: `fields` names those of the codec's `normalizeUplink`, and not of its decoder. */
    normalise: z.boolean().optional(),
    /** Keys, at whatever depth, that are known and hold no reading: neither stored nor counted as unmapped. */
    ignore: z.array(z.string().max(200)).max(1000).default([]),
    /** What people should know before they rely on it. */
    caution: z.object({ vi: z.string().min(1), en: z.string().min(1) }).optional(),
    metrics: z.record(metricName, profileMetric).default({})
  })
  .strict()
export type Profile = z.infer<typeof profile>

/** Bytes in hexadecimal. */
const hexadecimal = z.string().regex(/^([0-9a-fA-F]{2})*$/)

/** One of `examples.json`: the codec is called with it, and the mapping too where `readings` is given. */
export const profileExample = z
  .object({
    /** The name of a published example that is taken over word for word. Without it the example is Sen's own. */
    vector: z.string().optional(),
    description: z.string().optional(),
    /** TS013's name; left out for an uplink, whatever the codec calls its function. */
    function: z.enum(['encodeDownlink', 'decodeDownlink', 'normalizeUplink']).optional(),
    fPort: z.number().int().nullable().optional(),
    /** For `payload: lorawan`. */
    bytes: hexadecimal.optional(),
    recvTime: z.iso.datetime({ offset: true }).optional(),
    /** What `encodeDownlink` and `normalizeUplink` are given as `data`. */
    input: z.unknown().optional(),
    /** For `payload: json`. */
    json: z.unknown().optional(),
    /** What the codec answers, or `errors`; `warnings` left out means that there are none. */
    data: z.unknown().optional(),
    warnings: z.array(z.string()).optional(),
    errors: z.array(z.string()).optional(),
    /** What `encodeDownlink` answers. */
    downlink: z.object({ bytes: hexadecimal, fPort: z.number().int().optional() }).optional(),
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
    /** Where it comes from: document and section, or repository, path, commit and licence. */
    source: z.string().optional()
  })
  .strict()
export type ProfileExample = z.infer<typeof profileExample>

/** A profile that is put in place while Sen runs, whole: what `profile.yaml`, `codec.js` and `examples.json` hold. */
export const profileVersion = z
  .object({
    profile,
    /** For `payload: lorawan`; at most 1 MiB of characters. */
    codec: z
      .string()
      .min(1)
      .max(1024 * 1024)
      .optional(),
    examples: z.array(profileExample).max(1000),
    /** Whether the codec's answers depend on earlier calls: found when its examples ran. */
    isStateful: z.boolean().default(false),
    /** Who put it in place, as the audit log names them. */
    author: z.string().max(200).default('')
  })
  .strict()
export type ProfileVersion = z.infer<typeof profileVersion>
