import type { UnplacedEvent } from '../../model/network-event.ts'

/** Metric of the catalogue → value. */
export type EventValues = readonly (readonly [metric: string, value: number])[]

const none: EventValues = []

/** What an event measures, as readings of its device: battery, how well the device hears, where it is. */
export function valuesOf(event: UnplacedEvent): EventValues {
  switch (event.kind) {
    case 'status':
      return [
        ...(event.battery === undefined ? none : [['battery_level', event.battery] as const]),
        ...(event.margin === undefined ? none : [['downlink_margin', event.margin] as const])
      ]
    case 'location':
      return [
        ['latitude', event.latitude],
        ['longitude', event.longitude]
      ]
    default:
      return none
  }
}
