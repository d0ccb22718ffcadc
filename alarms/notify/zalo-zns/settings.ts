import { z } from 'zod'
import { variableNames } from '../variables.ts'
import { namesIn } from '../http/template.ts'

const known = new Set<string>(variableNames)
const filling = z
  .string()
  .max(200)
  .refine(text => namesIn(text).every(name => known.has(name)), { message: 'names a variable that is not known' })

/** A template as Zalo approved it, and what goes into each of its parameters: `{"tram":"{station}","muc":"{level}"}`. */
const znsTemplate = z.strictObject({
  id: z.string().regex(/^\d{1,20}$/, "must be the template's number"),
  fields: z.record(z.string().regex(/^[A-Za-z0-9_]{1,64}$/, 'must be the name of a parameter'), filling),
  /** Zalo refuses longer values; the shortest limit of the template's parameters. */
  mostCharacters: z.int().min(10).max(400).default(100)
})
export type ZnsTemplate = z.infer<typeof znsTemplate>

/** A Zalo app, linked to an Official Account with a balance, and the templates that Zalo approved. */
export const zaloZnsSettings = z.strictObject({
  appId: z.string().regex(/^\d{1,30}$/, "must be the app's number"),
  templates: z.strictObject({
    alarm: znsTemplate,
    /** For what is over; `alarm` where left out. */
    cleared: znsTemplate.optional(),
    /** For the weekly test; `alarm` where left out. */
    test: znsTemplate.optional()
  }),
  /** `development`: to administrators of app and account only, free of charge. */
  mode: z.enum(['development', 'live']).default('live'),
  url: z.url({ protocol: /^https?$/ }).default('https://business.openapi.zalo.me'),
  oauthUrl: z.url({ protocol: /^https?$/ }).default('https://oauth.zaloapp.com')
})
export type ZaloZnsSettings = z.infer<typeof zaloZnsSettings>

/** `accessToken` and its end are Sen's own to renew: give the refresh token alone at first. */
export const zaloZnsSecrets = z.strictObject({
  appSecret: z.string().min(1).max(200),
  /** Serves once; Zalo gives a new one with each access token, good for three months. */
  refreshToken: z.string().min(1).max(4000),
  accessToken: z.string().min(1).max(4000).optional(),
  /** From when to when the access token lives, ms since the epoch. */
  accessFrom: z.number().optional(),
  accessUntil: z.number().optional(),
  /** Of the Official Account; signs the delivery reports. */
  oaSecret: z.string().min(1).max(200).optional()
})
export type ZaloZnsSecrets = z.infer<typeof zaloZnsSecrets>
