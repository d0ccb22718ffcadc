import { z } from 'zod'
import { deviceId, gatewayId, metricName, profileId, siteId, tag } from '../../model/ids.ts'
import { duration } from './duration.ts'

const value = z.union([z.number(), z.boolean(), z.string()])

/** What a device reports: at every step a value of the list, or of straight lines between points. */
const series = z
  .object({
    /** The first of the case's devices where left out. */
    device: deviceId.optional(),
    metric: metricName,
    every: duration,
    from: duration.default(0),
    values: z.array(value).min(1).optional(),
    /** `[[0h, 3.2], [20h, 8.3]]` */
    ramp: z
      .array(z.tuple([duration, z.number()]))
      .min(2)
      .optional(),
    /** From and to, to exclusive: nothing is sent. */
    silence: z.array(z.tuple([duration, duration])).default([]),
    /** Digits after the point of a ramp's values. */
    decimals: z.int().min(0).max(6).default(2),
    /** Entered by a person. */
    manual: z.literal(true).optional()
  })
  .strict()
  .refine(({ values, ramp }) => (values === undefined) !== (ramp === undefined), { message: 'say values or ramp' })

/** What Sen finds out about devices and gateways by itself, as rules of condition `health` hear it. */
const healthEvent = z
  .object({
    event: z.enum([
      'device-silent',
      'gateway-down',
      'clock-wrong',
      'battery-low',
      'value-stuck',
      'value-spiking',
      'value-drifting'
    ]),
    device: deviceId.optional(),
    gateway: gatewayId.optional(),
    at: duration,
    over: duration.optional()
  })
  .strict()

const caseDevice = z
  .object({
    site: siteId.default('site'),
    profile: profileId.default('json-weather'),
    datumOffset: z.number().optional(),
    position: z.tuple([z.number(), z.number()]).optional(),
    tags: z.array(tag).optional()
  })
  .strict()

/** What a rule of a pack must find in what devices report. */
export const ruleCase = z
  .object({
    /** A sentence of what it shows. */
    case: z.string().min(1),
    rule: z.string(),
    parameters: z.record(z.string(), z.unknown()).default({}),
    /** When it begins, local time of Việt Nam: a Monday at midnight where left out. */
    start: z.iso.datetime({ offset: true }).default('2026-06-15T00:00:00+07:00'),
    /** Until an hour after the last value where left out. */
    lasts: duration.optional(),
    devices: z.record(deviceId, caseDevice).default({ device: { site: 'site', profile: 'json-weather' } }),
    series: z.array(series).default([]),
    events: z.array(healthEvent).default([]),
    /** Alarms in order of their beginning; each is a list of levels and since when, level 0: over. None: silence. */
    expected: z.array(
      z
        .object({
          /** Device or site; the only one where left out. */
          about: z.string().optional(),
          steps: z.array(z.tuple([z.int().min(0).max(5), duration])).min(1)
        })
        .strict()
    )
  })
  .strict()
export type RuleCase = Readonly<z.infer<typeof ruleCase>>

export const ruleCases = z.array(ruleCase).min(1)
