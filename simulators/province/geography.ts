import type { GeoPosition } from '../../model/registry.ts'

/** Mean Earth radius, m (IUGG 1980, R1). */
const earthRadiusM = 6_371_008.8
const radians = Math.PI / 180

/** Great-circle distance in m (haversine). Altitudes are left out. */
export function distanceM(a: GeoPosition, b: GeoPosition): number {
  const dLatitude = (b.latitude - a.latitude) * radians
  const dLongitude = (b.longitude - a.longitude) * radians
  const chord =
    Math.sin(dLatitude / 2) ** 2 +
    Math.cos(a.latitude * radians) * Math.cos(b.latitude * radians) * Math.sin(dLongitude / 2) ** 2
  return 2 * earthRadiusM * Math.asin(Math.min(1, Math.sqrt(chord)))
}

/** The place `eastM` east and `northM` north of `origin`; good to 0.1 % within 50 km. Rounded to 1e-5 degrees (about 1 m). */
export function moved(origin: GeoPosition, eastM: number, northM: number): GeoPosition {
  const latitude = origin.latitude + northM / earthRadiusM / radians
  const longitude = origin.longitude + eastM / (earthRadiusM * Math.cos(origin.latitude * radians)) / radians
  return { latitude: Math.round(latitude * 1e5) / 1e5, longitude: Math.round(longitude * 1e5) / 1e5 }
}
