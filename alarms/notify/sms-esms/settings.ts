import { z } from 'zod'
import { namesIn } from '../http/template.ts'
import { variableNames } from '../variables.ts'

const known = new Set<string>(variableNames)

/** An account at eSMS and the brandname that carriers have registered for it. */
export const esmsSettings = z.strictObject({
  brandname: z.string().min(1).max(20),
  /** 2: customer care, which the rules on advertising do not concern. */
  smsType: z.enum(['2', '8']).default('2'),
  /**
   * The content that carriers have registered, with variables in its gaps: `SEN: {level} tai {station}. {value}`. Anything
   * else they may refuse (146). The common text where left out.
   */
  content: z
    .string()
    .min(1)
    .max(300)
    .refine(text => namesIn(text).every(name => known.has(name)), { message: 'names a variable that is not known' })
    .optional(),
  /** With diacritics: then a message is at most 70 characters a part and costs double. */
  isUnicode: z.boolean().default(false),
  /** Nothing is sent; for a trial of the settings. */
  isSandbox: z.boolean().default(false),
  /** Below this many đồng the channel says that it is not fine. */
  leastBalance: z.number().min(0).default(20_000),
  url: z.url({ protocol: /^https?$/ }).default('https://rest.esms.vn')
})
export type EsmsSettings = z.infer<typeof esmsSettings>

export const esmsSecrets = z.strictObject({
  apiKey: z.string().min(1).max(200),
  secretKey: z.string().min(1).max(200)
})
export type EsmsSecrets = z.infer<typeof esmsSecrets>
