import { z } from 'zod'

/** Where a siren hears commands: `site/{site}/{device}/command`. Nothing else may be published by a channel. */
export const sirenTopic = z
  .string()
  .regex(/^site\/[A-Za-z0-9._-]{1,64}\/[A-Za-z0-9._-]{1,64}\/command$/, 'must be site/SITE/DEVICE/command')

/** A siren, lamp or board that takes commands over MQTT. */
export const mqttSettings = z.strictObject({
  /** Where to publish; the recipient's own topic where left out. */
  topic: sirenTopic.optional(),
  /** Name of the command. */
  command: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,39}$/, 'must be the name of a command')
    .default('siren'),
  /** For how long it sounds, s. */
  durationS: z.int().min(1).max(3600).default(60),
  /** Who hears of it later than this does not sound any more, s. */
  validS: z.int().min(10).max(3600).default(120)
})
export type MqttSettings = z.infer<typeof mqttSettings>

export const mqttSecrets = z.strictObject({})
