import { z } from 'zod'
import { rule, ruleLevel } from '../../model/rule.ts'

const words = z.string().trim().min(1)
const named = (most: number) => z.object({ vi: words.max(most), en: words.max(most) }).strict()
const key = z.string().regex(/^[a-z][A-Za-z0-9]*$/, 'must be camelCase')
const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be lower-case letters, digits or "-", at most 40')

/**
 * What a number, time or area of a pack's rules can be set to. `value` is what the pack proposes: a starting value for
 * somebody local to review; `null` where none is verified ("chưa có mức đã kiểm chứng"), and it is not filled in for anybody.
 */
export const packParameter = z.discriminatedUnion('kind', [
  z
    .object({
      kind: z.literal('number'),
      ...named(120).shape,
      /** UCUM code; `s` for times that something lasts. */
      unit: z.string().max(20).default(''),
      min: z.number(),
      max: z.number(),
      value: z.number().nullable(),
      source: words.max(400).optional()
    })
    .strict(),
  z
    .object({
      kind: z.literal('time'),
      ...named(120).shape,
      value: z
        .string()
        .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
        .nullable()
    })
    .strict(),
  /** A circle or polygon, as condition `geofence` has it. */
  z.object({ kind: z.literal('area'), ...named(120).shape, value: z.unknown() }).strict()
])
export type PackParameter = Readonly<z.infer<typeof packParameter>>

const parameters = z.record(key, packParameter).default({})

/** A level as it stands in the file: where the model wants a number, time or area, `$key` names a parameter. */
const packLevel = z
  .object({
    name: named(60),
    severity: ruleLevel.shape.severity,
    when: z.record(z.string(), z.unknown()),
    /** What to do about it; a pack has always thought of it. */
    advice: named(500)
  })
  .strict()

const packRule = z
  .object({
    id,
    name: named(120),
    per: rule.shape.per.default('device'),
    /**
     * What the rule must be given of a scope: sites or devices by name (`named`: its limits are one place's), any narrowing
     * at all (`narrowed`: the metric alone does not say what is measured), or nothing.
     */
    scope: z.enum(['named', 'narrowed', 'any']).default('narrowed'),
    /** Decision, standard, datasheet; "quy ước của Sen" where there is none. */
    source: words.max(500),
    parameters,
    levels: z.array(packLevel).min(1).max(5)
  })
  .strict()
export type PackRule = Readonly<z.infer<typeof packRule>>

/** Rules that belong together, as data: `rules/packs/<id>/pack.yaml`. */
export const rulePack = z
  .object({
    id,
    name: named(120),
    about: named(600),
    /** Who should look at the values before they are relied on. */
    review: named(300),
    parameters,
    /** Parts of conditions and texts that rules share by YAML anchors; nothing of Sen reads it. */
    shared: z.unknown().optional(),
    rules: z.array(packRule).min(1).max(60)
  })
  .strict()
export type RulePack = Readonly<z.infer<typeof rulePack>>
