import { instant, list, number, object, optional, scalar, text } from './shape.ts'

/*
 * What the HTTP API answers, as the console uses it: times in ms since the epoch (UTC), absent things `undefined`.
 * Ids that came from devices or people are only ever shown as text.
 */

/** How a device keeps its own rhythm; a server that says more is not misunderstood for saying less. */
export const deviceHealth = object({ state: text, behindGateway: optional(text) })
export type DeviceHealth = ReturnType<typeof deviceHealth>

export const device = object({
  ...{ id: text, name: text, site: text, profile: text },
  health: optional(deviceHealth)
})
export type Device = ReturnType<typeof device>

export const site = object({ id: text, name: text, organisation: text, commune: optional(text) })
export type Site = ReturnType<typeof site>

export const organisation = object({ id: text, name: text, parent: optional(text) })
export type Organisation = ReturnType<typeof organisation>

export const bothLanguages = object({ vi: text, en: text })

export const profile = object({ id: text, vendor: text, model: text, name: bothLanguages })
export type Profile = ReturnType<typeof profile>

export const metric = object({ name: text, vi: text, en: text, unit: text, kind: text })
export type Metric = ReturnType<typeof metric>

/** The newest value of one metric of one device; `quality` is `good` or marks joined by commas. */
export const reading = object({ device: text, metric: text, t: instant, value: scalar, unit: text, quality: text })
export type Reading = ReturnType<typeof reading>

export const readings = object({ items: list(reading) })

export const accounting = object({
  messages: object({
    received: number,
    stored: number,
    event: number,
    duplicate: number,
    quarantined: number,
    pending: number
  }),
  readings: object({
    decoded: number,
    stored: number,
    duplicate: number,
    superseded: number,
    refused: number,
    pending: number
  })
})
export type Accounting = ReturnType<typeof accounting>

/** What changed in the health of devices. */
export const healthChanges = object({ devices: list(object({ id: text, health: deviceHealth })) })

/** A message set aside; `reason` is one of `QuarantineReason`, or a newer one that this page does not know. */
export const quarantined = object({
  position: number,
  reason: text,
  device: optional(text),
  /** Id of the registered device that it came from. */
  registeredAs: optional(text),
  site: optional(text),
  topic: text,
  receivedAt: instant,
  detail: text
})
export type Quarantined = ReturnType<typeof quarantined>
