import type { Calculation } from '../../model/calculation.ts'
import type { Device } from '../../model/registry.ts'
import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'

/** Whether a calculation is made for a device: of its organisation or one below, in service, and within every list of its scope. */
export function isInScope(
  { organisation, scope }: Pick<Calculation, 'organisation' | 'scope'>,
  device: Device,
  { sites, organisations }: Pick<RegistrySnapshot, 'sites' | 'organisations'>
): boolean {
  if (device.decommissionedAt !== undefined) return false
  if (scope.sites && !scope.sites.includes(device.site)) return false
  if (scope.devices && !scope.devices.includes(device.id)) return false
  if (scope.profiles && !scope.profiles.includes(device.profile)) return false
  if (scope.tags && !scope.tags.some(tag => device.tags?.includes(tag))) return false
  const seen = new Set<string>()
  for (let at = sites.get(device.site)?.organisation; at !== undefined && !seen.has(at);) {
    if (at === organisation) return true
    seen.add(at)
    at = organisations.get(at)?.parent
  }
  return false
}
