import { z } from 'zod'

const secondsOf = { d: 86_400, h: 3600, m: 60, s: 1 } as const
const pattern = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/

/** How long, as cases write it: `8h40m`, `2d`, `90s`; in ms. */
export const duration = z
  .union([z.string(), z.literal(0)])
  .transform(String)
  .refine(text => text === '0' || (text !== '' && pattern.test(text)), 'must be a time like 8h40m')
  .transform(text => {
    const [, d, h, m, s] = pattern.exec(text) ?? []
    const parts = [d, h, m, s].map(part => Number(part ?? 0))
    return parts.reduce((sum, part, i) => sum + part * (Object.values(secondsOf)[i] ?? 0), 0) * 1000
  })
