import { z } from 'zod'
import { deviceId, metricName, organisationId, profileId, ruleId, siteId, tag } from './ids.ts'

/** How bad it is, as ISA-18.2 / IEC 62682 rank alarms: the least first. Only `critical` breaks quiet hours. */
export const severities = ['low', 'medium', 'high', 'critical'] as const
export const severity = z.enum(severities)
export type Severity = z.infer<typeof severity>

/** What people write for people to read, in one line. */
export const words = z
  .string()
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not hold control characters')
  .trim()
  .min(1)
/** A name in Vietnamese, and in English where there is one. */
export const named = (most: number) => z.object({ vi: words.max(most), en: words.max(most).optional() }).strict()
const operator = z.enum(['>=', '>', '<=', '<', '=', '!='])
export type Operator = z.infer<typeof operator>

const number = z.number().min(-1e15).max(1e15)
/** Up to 31 days: what a condition looks back on has to be read again whenever something comes late. */
const spanS = z
  .number()
  .min(1)
  .max(31 * 86_400)

/** Where a value comes from: the metric of the device that the alarm is about, or of one that is named. */
const source = { metric: metricName, device: deviceId.optional() }
/** `clear`: what the value must pass on its way back; the limit itself where left out. `true` and `false` are 1 and 0. */
const limit = { op: operator, value: number, clear: number.optional() }

/**
 * The value itself. Reaching a `>=` limit counts.
 *
 * `datum`: limits are heights above the station's datum, as flood alarm levels are (Quyết định 05/2020/QĐ-TTg). The device's
 * `mounting.datumOffset` is added to what it measures (a reading by hand is of a levelled staff already); of a device that
 * has none it says nothing, as if no value had come.
 */
const threshold = z
  .object({ kind: z.literal('threshold'), ...source, ...limit, datum: z.literal(true).optional() })
  .strict()
/** By how much the value has changed over the last `overS`: the newest less the one that stood then, in the metric's unit. */
const change = z.object({ kind: z.literal('change'), ...source, ...limit, overS: spanS }).strict()
/** What the values of the last `overS` come to; sums are of rain, which is reported as what fell since the last report. */
const window = z
  .object({
    ...{ kind: z.literal('window'), ...source, ...limit, overS: spanS },
    fn: z.enum(['sum', 'mean', 'min', 'max', 'count'])
  })
  .strict()
/** At least `n` of the last `m` values are beyond the limit. */
const several = z
  .object({
    ...{ kind: z.literal('several'), ...source, op: operator, value: number },
    n: z.int().min(1).max(100),
    m: z.int().min(1).max(100)
  })
  .strict()
  .refine(({ n, m }) => n <= m, { message: 'n must not be above m', path: ['n'] })
/**
 * Nothing was received of the device (of its metric, if one is named) for so many of its own intervals, or for `afterS`.
 * By receive time: what comes late was silent all the same.
 */
const absence = z
  .object({
    kind: z.literal('absence'),
    metric: metricName.optional(),
    device: deviceId.optional(),
    intervals: z.number().min(1.5).max(1000).optional(),
    afterS: spanS.optional()
  })
  .strict()
  .refine(({ intervals, afterS }) => intervals === undefined || afterS === undefined, {
    message: 'say intervals or afterS, not both'
  })
/** The value has been the same for `forS`, though it goes on being reported. */
const stuck = z.object({ kind: z.literal('stuck'), ...source, forS: spanS }).strict()
/** The value is `by` or more away from the median of its neighbours: the same metric at the same site, or within `radiusKm`. */
const deviation = z
  .object({
    ...{ kind: z.literal('deviation'), metric: metricName, by: z.number().positive().max(1e15) },
    radiusKm: z.number().positive().max(200).optional(),
    /** With fewer neighbours that have spoken within the last hour nothing is said. */
    atLeast: z.int().min(2).max(50).default(3)
  })
  .strict()
const point = z.tuple([z.number().min(-90).max(90), z.number().min(-180).max(180)])
/** Where the device is, by its metrics `latitude` and `longitude`: outside or inside an area. Points are latitude, longitude. */
const geofence = z
  .object({
    kind: z.literal('geofence'),
    is: z.enum(['outside', 'inside']),
    area: z.union([
      z.object({ centre: point, radiusKm: z.number().positive().max(2000) }).strict(),
      z.object({ polygon: z.array(point).min(3).max(500) }).strict()
    ])
  })
  .strict()
const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day, HH:MM')
/** A time of day, days of the week (1 Monday to 7 Sunday), months: in Việt Nam (UTC+7). `from` after `to` goes over midnight. */
const schedule = z
  .object({
    kind: z.literal('schedule'),
    from: clock.optional(),
    to: clock.optional(),
    days: z.array(z.int().min(1).max(7)).min(1).max(7).optional(),
    months: z.array(z.int().min(1).max(12)).min(1).max(12).optional()
  })
  .strict()
  .refine(({ from, to }) => (from === undefined) === (to === undefined), { message: 'from and to go together' })
/**
 * A CEL expression over `m`, the newest values of the device by metric: `m.air_temperature > 30.0 && m.air_humidity > 90.0`.
 * Without a metric that it needs, it says nothing. `clear`: what ends it; that `when` is false where left out.
 */
const expression = z
  .object({
    kind: z.literal('expression'),
    when: words.max(2000),
    clear: words.max(2000).optional()
  })
  .strict()
/** What Sen finds out about devices and gateways by itself (see `model/health.ts`); stands alone in its level. */
const health = z
  .object({
    kind: z.literal('health'),
    event: z.enum([
      ...(['device-silent', 'gateway-down', 'clock-wrong', 'battery-low'] as const),
      ...(['value-stuck', 'value-spiking', 'value-drifting'] as const)
    ])
  })
  .strict()

const leaf = z.discriminatedUnion('kind', [
  ...([threshold, change, window, several, absence, stuck] as const),
  ...([deviation, geofence, schedule, expression, health] as const)
])
export type LeafCondition = Readonly<z.infer<typeof leaf>>

/** What must hold. Conditions nest at most five deep. */
export type Condition =
  | LeafCondition
  | { readonly kind: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  /** It has held for so long without a break, s. */
  | { readonly kind: 'lasting'; readonly forS: number; readonly of: Condition }
  /** It holds for at least so many devices of the site: "two sensors agree". For rules that are about sites. */
  | { readonly kind: 'agree'; readonly atLeast: number; readonly of: Condition }

const deepest = 5

function conditionOf(depth: number): z.ZodType<Condition> {
  if (depth === deepest) return leaf
  const inner = conditionOf(depth + 1)
  return z.union([
    leaf,
    z.object({ kind: z.enum(['all', 'any']), of: z.array(inner).min(1).max(20) }).strict(),
    z.object({ kind: z.literal('not'), of: inner }).strict(),
    z.object({ kind: z.literal('lasting'), forS: spanS, of: inner }).strict(),
    z.object({ kind: z.literal('agree'), atLeast: z.int().min(2).max(100), of: inner }).strict()
  ])
}
/** Its kinds are checked after its shape: written out at every depth they would fill the API's document with two megabytes. */
export const condition = z
  .looseObject({ kind: z.string() })
  .describe('A condition; its kinds are told in docs/rules.md')
  .pipe(conditionOf(1) as z.ZodType<Condition, { readonly kind: string }>)

/** One step of a rule: báo động I is the first level of three. */
export const ruleLevel = z
  .object({
    /** What people call it: "Báo động I". */
    name: named(60),
    severity,
    when: condition,
    /** What to do about it. */
    advice: named(500).optional()
  })
  .strict()
export type RuleLevel = Readonly<z.infer<typeof ruleLevel>>

/** What a rule watches. Every list that is given narrows it; without any it is everything of the organisation. */
export const ruleScope = z
  .object({
    sites: z.array(siteId).min(1).max(1000).optional(),
    devices: z.array(deviceId).min(1).max(1000).optional(),
    profiles: z.array(profileId).min(1).max(200).optional(),
    tags: z.array(tag).min(1).max(100).optional()
  })
  .strict()
export type RuleScope = Readonly<z.infer<typeof ruleScope>>

/** Says when somebody must know: a thing of the registry, which takes effect at its place in the raw log. */
export const rule = z
  .object({
    id: ruleId,
    name: named(120),
    /** Whose rule it is: it watches the sites of this organisation and of those below it. */
    organisation: organisationId,
    /** Grows by 1 with each change. */
    version: z.int().min(1),
    isEnabled: z.boolean(),
    scope: ruleScope,
    /** What one alarm is about: each device by itself, or the site with all of its devices that the scope holds. */
    per: z.enum(['device', 'site']),
    /** From the least to the worst. The alarm stands at the highest level whose condition holds. */
    levels: z.array(ruleLevel).min(1).max(5),
    /** The pack and rule that it was made from, `hydrology/nam-dan`. */
    pack: z.string().max(130).optional(),
    /** Where its limits come from: decision, standard, datasheet. */
    source: words.max(500).optional(),
    /** Who made this version, as the audit log names them. */
    author: z.string().max(200).default('')
  })
  .strict()
export type Rule = Readonly<z.infer<typeof rule>>
