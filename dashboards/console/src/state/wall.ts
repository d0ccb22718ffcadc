import { isReporting } from './fleet.svelte.ts'

interface Watched {
  readonly registration: { readonly site: string }
  readonly newestAt: number
}

export interface SiteAtAGlance {
  readonly id: string
  readonly name: string
  readonly all: number
  readonly reporting: number
}

/** Sites for a screen that nobody scrolls: those with the most silent devices first, equal ones by name. */
export function sitesAtAGlance(
  devices: readonly Watched[],
  now: number,
  siteName: (id: string) => string,
  order: (a: string, b: string) => number
): readonly SiteAtAGlance[] {
  const silent = (site: SiteAtAGlance): number => site.all - site.reporting
  return [...Map.groupBy(devices, device => device.registration.site)]
    .map(([id, members]) => ({
      id,
      name: siteName(id),
      all: members.length,
      reporting: members.filter(device => isReporting(device, now)).length
    }))
    .sort((a, b) => silent(b) - silent(a) || order(a.name, b.name))
}

/** @returns the devices that are silent, the longest first; those that never sent anything come first. */
export function silentLongest<D extends Watched>(devices: readonly D[], now: number): readonly D[] {
  return devices
    .filter(device => !isReporting(device, now))
    .sort((a, b) => (a.newestAt === b.newestAt ? 0 : a.newestAt - b.newestAt))
}
