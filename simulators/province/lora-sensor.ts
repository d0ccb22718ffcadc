import { between, normal } from '../seeded-random.ts'
import type { LoraDevice } from './kim-lien.ts'
import { encodeLse01, lse01Port } from './payload/dragino-lse01.ts'
import { em300ThPort, encodeEm300Th } from './payload/milesight-em300-th.ts'
import type { Weather } from './weather.ts'

const dayMs = 86_400_000
/** A battery lasts about five years, then someone changes it. */
const batteryLifeDays = 1_800

/** What a LoRaWAN device measures at a moment, as the bytes it sends. */
export function sensorPayload(
  device: LoraDevice,
  { weather, seed, at }: { readonly weather: Weather; readonly seed: number; readonly at: number }
): { readonly fPort: number; readonly payload: Uint8Array } {
  const { id, model } = device
  const air = weather.air(id, at)
  const noise = (name: string, deviation: number): number => deviation * normal(seed, id, at, name)
  const used = batteryUsed(id, seed, at)
  switch (model) {
    case 'dragino-lse01': {
      const ground = weather.ground(id, at)
      const payload = encodeLse01({
        batteryMv: 3_640 - 420 * used ** 2 - 60 * used + noise('battery', 2),
        probeCelsius: air.celsius + noise('probe', 0.1),
        soilMoisture: Math.max(0, ground.moisture + noise('moisture', 0.08)),
        soilCelsius: ground.celsius + noise('soil', 0.04),
        conductivity: Math.max(0, ground.conductivity + noise('conductivity', 2))
      })
      return { fPort: lse01Port, payload }
    }
    case 'milesight-em300-th': {
      const payload = encodeEm300Th({
        batteryLevel: Math.round(100 - 88 * used),
        celsius: air.celsius + noise('celsius', 0.1),
        humidity: Math.min(100, Math.max(0, air.humidity + noise('humidity', 0.4)))
      })
      return { fPort: em300ThPort, payload }
    }
    default:
      return model satisfies never
  }
}

/** Share of the battery that is used, 0 to 1: falls slowly with the days since it was put in, nothing else. */
export function batteryUsed(id: string, seed: number, at: number): number {
  const days = at / dayMs + between(0, batteryLifeDays, seed, id, 'battery')
  return (days % batteryLifeDays) / batteryLifeDays
}
