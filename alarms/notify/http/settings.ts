import { z } from 'zod'
import { media } from '../channel.ts'
import { variableNames } from '../variables.ts'
import { answerField } from './field.ts'
import { bodyFormats, namesIn } from './template.ts'

const name = z.string().regex(/^[a-z][A-Za-z0-9]{0,39}$/, 'must be a name like apiKey')
const template = (most: number) => z.string().max(most)

/** A request with values in it. `basic`: HTTP Basic authentication. */
const requestTemplate = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT']).default('POST'),
  url: template(2000).regex(
    /^https?:\/\/[^/?#@]+(?:[/?#]|$)/,
    'must begin with http:// or https:// and a host, without a login'
  ),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be the name of a header'), template(2000))
    .default({}),
  basic: z.strictObject({ user: template(200), password: template(200) }).optional(),
  format: z.enum(bodyFormats).default('json'),
  body: template(20_000).optional()
})
export type RequestTemplate = z.infer<typeof requestTemplate>

/** What an answer comes to. */
const outcome = z.enum(['sent', 'reached', 'recipient', 'not-now', 'channel', 'unavailable'])
export type TemplateOutcome = z.infer<typeof outcome>

/** How an answer is read: first by the code in its body, then by its HTTP status, then as HTTP means it. */
const answerRules = z.strictObject({
  /** Where the code stands; the first place that has one. Without any, 2xx is "sent". */
  code: z.array(answerField).max(5).default([]),
  outcomes: z.record(z.string().max(100), outcome).default({}),
  /** Of codes that are not in the table, and of 2xx without a code. */
  otherwise: outcome.default('channel'),
  statuses: z.record(z.string().regex(/^[1-5](\d\d|xx)$/, 'must be a status, 403 or 5xx'), outcome).default({}),
  /** What delivery reports will name; the key where left out and reports are asked for. */
  reference: answerField.optional(),
  /** Seconds until another try makes sense. */
  retryAfterS: answerField.optional()
})

/** Which states say that a person has it, and which that nobody will. Others are on their way. */
const states = {
  state: answerField,
  reached: z.array(z.string().max(100)).max(30),
  failed: z.array(z.string().max(100)).max(60)
}

/** Everything about one gateway that answers HTTP. */
export const httpSettings = z
  .strictObject({
    medium: z.enum(media),
    /** What of a recipient it needs. */
    address: z.enum(['phone', 'account', 'email', 'none']),
    /** Values without diacritics: for SMS with a content that carriers have registered. */
    isPlain: z.boolean().default(false),
    /** Constants of the templates that are no secrets: `{value.brand}`. */
    values: z.record(name, z.string().max(500)).default({}),
    /** Which secrets the templates name. */
    secrets: z.array(name).max(10).default([]),
    request: requestTemplate,
    answer: answerRules.prefault({}),
    /** How the gateway calls back. `items`: where the list is, if there are several in one call. */
    report: z
      .strictObject({
        from: z.enum(['body', 'query', 'form']).default('body'),
        items: z.string().max(100).optional(),
        reference: answerField,
        ...states
      })
      .optional(),
    /** What people write back, in such a call: perhaps a reply code, or the code that links their account. */
    reply: z.strictObject({ items: z.string().max(100).optional(), from: answerField, text: answerField }).optional(),
    /**
     * For providers whose access token lives for hours: how a new one is got for `{secret.refreshToken}`, which serves once.
     * `{secret.accessToken}` is then the token of the day. `refusedBy`: codes that say that it has ended.
     */
    token: z
      .strictObject({
        request: requestTemplate,
        ...{ access: answerField, refresh: answerField, lifeS: answerField },
        refusedBy: z.array(z.string().max(100)).max(10).default([])
      })
      .optional(),
    /** How it is asked, one message at a time: `{reference}`. */
    poll: z.strictObject({ request: requestTemplate, ...states }).optional(),
    /** How it is asked whether it would send now. */
    check: z
      .strictObject({
        request: requestTemplate,
        code: answerField.optional(),
        good: z.array(z.string().max(100)).max(10).default([]),
        /** A number below which it is not fine: a balance. */
        amount: z.strictObject({ field: answerField, least: z.number() }).optional()
      })
      .optional(),
    /** `http://proxy:3128`. */
    proxy: z
      .string()
      .max(500)
      .regex(/^http:\/\//, 'must be http://')
      .optional()
  })
  .superRefine((settings, context) => {
    for (const [path, request] of requestsOf(settings)) {
      const texts = [
        request.url,
        request.body ?? '',
        ...Object.values(request.headers),
        request.basic?.user,
        request.basic?.password
      ]
      const own = [
        ...Object.keys(settings.values).map(key => `value.${key}`),
        ...settings.secrets.map(key => `secret.${key}`),
        ...(settings.token ? ['secret.accessToken'] : [])
      ]
      const known = new Set<string>([...variableNames, ...own, ...(path === 'poll' ? ['reference'] : [])])
      for (const named of texts.flatMap(text => namesIn(text ?? ''))) {
        if (!known.has(named)) context.addIssue({ code: 'custom', path: [path], message: `{${named}} is not known` })
        const value = named.startsWith('value.') ? settings.values[named.slice('value.'.length)] : undefined
        if (value === '')
          context.addIssue({ code: 'custom', path: ['values', named.slice(6)], message: 'must be filled in' })
      }
      const [origin = ''] = /^[^/]*\/\/[^/?#]*/.exec(request.url) ?? []
      if (namesIn(origin).some(named => !named.startsWith('value.'))) {
        context.addIssue({ code: 'custom', path: [path, 'url'], message: 'the host must not depend on the message' })
      }
    }
  })
export type HttpSettings = z.infer<typeof httpSettings>
export type HttpSettingsInput = z.input<typeof httpSettings>

/** Secrets by the names that the settings list, and those that Sen renews by itself: `accessToken`, `accessFrom`, `accessUntil`. */
export const httpSecrets = z.record(name, z.string().min(1).max(4000))
export type HttpSecrets = z.infer<typeof httpSecrets>

function requestsOf({ request, poll, check, token }: Pick<HttpSettings, 'request' | 'poll' | 'check' | 'token'>) {
  const all: [string, RequestTemplate | undefined][] = [
    ['request', request],
    ['poll', poll?.request],
    ['check', check?.request],
    ['token', token?.request]
  ]
  return all.flatMap(([path, one]) => (one ? [[path, one] as const] : []))
}
