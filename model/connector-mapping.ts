import { z } from 'zod'
import { deviceId, metricName, organisationId } from './ids.ts'
import { fieldMapping } from './profile.ts'

/** Unique among connectors; part of a client id at foreign brokers, and of a webhook's address. */
export const connectorName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/, 'must be lower-case letters, digits or "-"')

/** Levels between `/`: a word, `+`, a name in braces, and at the end perhaps `#`. */
const levelPattern = /^(?:\+|\{[a-z][A-Za-z0-9]{0,31}\}|[^+#{}\p{Cc}\p{Cs}]*)$/u

/**
 * An MQTT topic filter whose single-level wildcards may have names: `farm/{site}/{device}/data`.
 *
 * Source: MQTT 3.1.1, 4.7.1.
 */
export const topicPattern = z
  .string()
  .min(1)
  .max(500)
  .superRefine((text, context) => {
    const problem = patternProblem(text)
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
  })

function patternProblem(text: string): string | undefined {
  if (text.startsWith('$share/')) return 'must not be a shared subscription'
  const levels = text.split('/')
  if (levels.at(-1) === '#') levels.pop()
  const wrong = levels.find(level => !levelPattern.test(level))
  if (wrong !== undefined) return `level "${wrong}" must be a word, "+", a name such as "{device}", or "#" at the end`
  const names = levels.filter(level => level.startsWith('{'))
  return new Set(names).size === names.length ? undefined : 'must name each level once'
}

/** Where something stands: `$.a.b` in the message, `@.a.b` in the entry, `@key` the entry's own key or number. */
const place = z
  .string()
  .max(200)
  .regex(
    /^(?:@key|[$@](?:\.[^.{}]+)*)$/,
    'must be a place: "$.a.b" in the message, "@.a.b" in the entry, or "@key" for the key of the entry'
  )

/** Words around topic levels and places in braces: `{device}`, `nha-{@.id}`. */
const template = z
  .string()
  .min(1)
  .max(200)
  .regex(
    /^(?:[^{}]|\{(?:[a-z][A-Za-z0-9]{0,31}|@key|[$@](?:\.[^.{}]+)*)\})+$/,
    'must be words with topic levels or places in braces, for example "{device}" or "{$.dev.id}"'
  )

/** How a message of any shape becomes samples, each of one device: where ids, times and values stand. */
export const messageMapping = z.strictObject({
  /** `value`: the whole payload is one value (a number, true or false, words), which `field` names. */
  payload: z.enum(['json', 'value']).default('json'),
  /** With `payload: value`: what the value is called in `fields`. */
  field: template.optional(),
  /** A list, or an object of objects, each entry of which is a sample; left out: the message is one, and so is each entry of a list. */
  each: place.optional(),
  device: template,
  /** What other systems call a device → its id here. */
  devices: z.record(z.string().max(200), deviceId).optional(),
  time: z
    .strictObject({
      at: place,
      /** For times in words without an offset, as Tasmota sends them. */
      offset: z
        .string()
        .regex(/^[+-]\d{2}:\d{2}$/, 'must be an offset such as "+07:00"')
        .optional()
    })
    .optional(),
  /** Where the values stand; left out: in the entry itself. */
  values: place.optional(),
  /** Where values come as a list of names and values (Sparkplug, SenML): the keys of name, value and time. */
  pairs: z
    .strictObject({
      name: z.string().min(1).max(64),
      value: z.string().min(1).max(64),
      time: z.string().min(1).max(64).optional()
    })
    .optional(),
  /** As in a profile; left out: the device's own profile maps what stands at `values`. */
  fields: z.record(z.string().max(200), z.union([metricName, fieldMapping, z.literal('*')])).optional(),
  /** Keys that are known and hold no reading. */
  ignore: z.array(z.string().max(100)).max(200).optional()
})
export type MessageMapping = z.infer<typeof messageMapping>

/** What a connector's messages mean. A thing of the registry, so that decode knows it as it was at each place of the log. */
export const connectorMapping = z.strictObject({
  /** Name of the connector. */
  id: connectorName,
  /** Whose devices it may speak of: of this organisation and those below it. */
  organisation: organisationId,
  /** None for a webhook. */
  topics: z.array(topicPattern).max(50),
  mapping: messageMapping
})
export type ConnectorMapping = z.infer<typeof connectorMapping>
