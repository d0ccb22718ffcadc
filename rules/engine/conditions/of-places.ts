import type { LeafCondition } from '../../../model/rule.ts'
import { crossing } from './compiled.ts'
import type { Compiled, Moment, Workshop } from './compiled.ts'
import { wake } from './of-values.ts'
import type { Spot } from './of-values.ts'

type Of<kind extends LeafCondition['kind']> = Extract<LeafCondition, { readonly kind: kind }>
type Point = readonly [latitude: number, longitude: number]

const nothing = Number.NaN
/** A neighbour that has not spoken for so long is not compared with, ms. */
const freshMs = 3_600_000

export function deviation(condition: Of<'deviation'>, { device, path }: Spot, shop: Workshop): Compiled {
  const history = shop.history(device, condition.metric, { ms: 0, rows: 1 })
  const others = shop
    .neighbours(device, condition.radiusKm)
    .map(id => shop.history(id, condition.metric, { ms: freshMs, rows: 1 }))
  const place = shop.place(`${path}/on`, 'one')
  const values: number[] = []
  const holds = (state: number[], moment: Moment) => {
    const { t } = moment
    values.length = 0
    for (const other of others) {
      const row = other.indexAt(t)
      const time = other.times[row]
      if (time === undefined || time <= t - freshMs) continue
      values.push(other.values[row] ?? nothing)
      wake(moment, time + freshMs)
    }
    const away = values.length < condition.atLeast ? nothing : Math.abs(history.valueAt(t) - median(values))
    return Number.isNaN(away) ? (state[place] ?? nothing) : (state[place] = Number(away >= condition.by))
  }
  const readings = (t: number) => [
    ...crossing(history, t, { op: '±', value: condition.by }),
    ...others.slice(0, 8).flatMap(other => crossing(other, t))
  ]
  return { holds, readings }
}

function median(values: number[]): number {
  values.sort((a, b) => a - b)
  const middle = values.length >> 1
  const high = values[middle] ?? nothing
  return values.length % 2 === 1 ? high : ((values[middle - 1] ?? nothing) + high) / 2
}

export function geofence(condition: Of<'geofence'>, { device, path }: Spot, shop: Workshop): Compiled {
  const latitude = shop.history(device, 'latitude', { ms: 0, rows: 1 })
  const longitude = shop.history(device, 'longitude', { ms: 0, rows: 1 })
  const place = shop.place(`${path}/on`, 'one')
  const { area } = condition
  const isInside = 'polygon' in area ? inPolygon(area.polygon) : inCircle(area.centre, area.radiusKm)
  const wanted = condition.is === 'inside'
  const holds = (state: number[], { t }: Moment) => {
    const point = [latitude.valueAt(t), longitude.valueAt(t)] as const
    if (Number.isNaN(point[0]) || Number.isNaN(point[1])) return state[place] ?? nothing
    return (state[place] = Number(isInside(point) === wanted))
  }
  return { holds, readings: t => [...crossing(latitude, t), ...crossing(longitude, t)] }
}

function inCircle(centre: Point, radiusKm: number): (point: Point) => boolean {
  return point => distanceKm(centre, point) <= radiusKm
}

/** Even-odd rule over latitude and longitude as plane coordinates; no area of a province goes over a pole or the date line. */
function inPolygon(corners: readonly Point[]): (point: Point) => boolean {
  return ([latitude, longitude]) => {
    let isInside = false
    let [lat2, lon2] = corners[corners.length - 1] ?? [0, 0]
    for (const [lat1, lon1] of corners) {
      const isBetween = lat1 > latitude !== lat2 > latitude
      if (isBetween && longitude < ((lon2 - lon1) * (latitude - lat1)) / (lat2 - lat1) + lon1) isInside = !isInside
      ;[lat2, lon2] = [lat1, lon1]
    }
    return isInside
  }
}

/** Great-circle distance on a sphere of the Earth's mean radius (IUGG: 6,371.0 km), by the haversine formula. */
export function distanceKm([latitude1, longitude1]: Point, [latitude2, longitude2]: Point): number {
  const radians = Math.PI / 180
  const halfLatitude = Math.sin(((latitude2 - latitude1) * radians) / 2)
  const halfLongitude = Math.sin(((longitude2 - longitude1) * radians) / 2)
  const chord = halfLatitude ** 2 + Math.cos(latitude1 * radians) * Math.cos(latitude2 * radians) * halfLongitude ** 2
  return 2 * 6371 * Math.asin(Math.min(1, Math.sqrt(chord)))
}
