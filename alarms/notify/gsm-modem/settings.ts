import { z } from 'zod'

/** A modem with a SIM card: at a serial port of this machine, or behind a serial server on the own network. */
export const gsmModemSettings = z.strictObject({
  port: z.union([
    z
      .string()
      .regex(
        /^\/dev\/(?:tty(?:USB|ACM|S|AMA|HS)\d{1,3}|serial\/by-(?:id|path)\/[A-Za-z0-9_:.+-]{1,200})$/,
        'must be a serial port, /dev/ttyUSB0 or /dev/serial/by-id/…'
      ),
    z.string().regex(/^tcp:\/\/[A-Za-z0-9._-]{1,253}:\d{1,5}$/, 'must be tcp://host:port')
  ]),
  /** Of a serial port, bit/s. USB modems do not care. */
  speed: z.literal([9600, 19_200, 38_400, 57_600, 115_200]).default(115_200),
  /** With diacritics: 70 characters a part instead of 160, in as many parts as it takes. */
  isUnicode: z.boolean().default(false)
})
export type GsmModemSettings = z.infer<typeof gsmModemSettings>

/** `pin`: of the SIM card, if it asks for one. */
export const gsmModemSecrets = z.strictObject({
  pin: z
    .string()
    .regex(/^\d{4,8}$/, 'must be 4 to 8 digits')
    .optional()
})
export type GsmModemSecrets = z.infer<typeof gsmModemSecrets>
