import type { Metric } from '../api/resources.ts'
import { fold } from '../words/fold.ts'

/** Metrics about the radio link, shown small beside the others. */
export const linkMetrics: ReadonlySet<string> = new Set(['rssi', 'snr', 'link_margin', 'downlink_margin'])

interface Placed {
  readonly id: string
  readonly registration: { readonly name: string; readonly site: string }
}

export interface Group<D> {
  readonly site: string
  readonly devices: readonly D[]
}

/**
 * Devices by site: groups in order of the sites' names, devices in order of theirs, ids where names are equal.
 *
 * @param siteName - the name of a site id, or the id if it is not known.
 */
export function bySite<D extends Placed>(
  devices: readonly D[],
  siteName: (id: string) => string,
  order: (a: string, b: string) => number
): readonly Group<D>[] {
  const groups = Map.groupBy(devices, device => device.registration.site)
  return [...groups]
    .map(([site, members]) => ({
      site,
      devices: members.sort((a, b) => order(a.registration.name, b.registration.name) || order(a.id, b.id))
    }))
    .sort((a, b) => order(siteName(a.site), siteName(b.site)) || order(a.site, b.site))
}

/**
 * Whether every word of `query` stands somewhere in one of `texts`; case and accents do not count ("kim lien" finds "Kim Liên").
 */
export function matches(query: string, texts: readonly string[]): boolean {
  const words = fold(query).split(/\s+/).filter(Boolean)
  if (words.length === 0) return true
  const haystack = fold(texts.join('\n'))
  return words.every(word => haystack.includes(word))
}

/** @returns values in the order of the metric catalogue; metrics that it does not know last, by name. */
export function byCatalogue<V extends { readonly metric: string }>(
  values: readonly V[],
  catalogue: ReadonlyMap<string, Metric>
): readonly V[] {
  const place = new Map([...catalogue.keys()].map((name, index) => [name, index]))
  const placeOf = (value: V): number => place.get(value.metric) ?? place.size
  return values.toSorted((a, b) => placeOf(a) - placeOf(b) || (a.metric < b.metric ? -1 : 1))
}
