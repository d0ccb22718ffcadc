import type { AlarmNames, AlarmSubject, Words } from '../../model/alarm.ts'
import type { HealthEventKind } from '../../model/health.ts'
import { rootOrganisation } from '../../model/registry.ts'
import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'

/** The alarm that is to be named. */
export interface Unnamed {
  readonly rule: string
  readonly subject: AlarmSubject
  /** 1 is the rule's first. */
  readonly level: number
  readonly healthEvent?: HealthEventKind | undefined
}

/**
 * What an alarm is called, where it stands and whose it is, by the registry as it is where the alarm was found. What is not
 * registered any more is called by its id.
 */
export function namesOf({ rule, subject, level, healthEvent }: Unnamed, registry: RegistrySnapshot): AlarmNames {
  const found = registry.rules.get(rule)
  const at = found?.levels[level - 1] ?? found?.levels.at(-1)
  const words: Words = found?.name ?? { vi: rule }
  return {
    ...placeOf(subject, registry, found?.organisation ?? rootOrganisation),
    ...{ name: words, levelName: at?.name ?? words, severity: at?.severity ?? 'medium', advice: at?.advice },
    healthEvent
  }
}

function placeOf(
  { kind, id }: AlarmSubject,
  registry: RegistrySnapshot,
  organisation: string
): Pick<AlarmNames, 'organisation' | 'site' | 'subjectName' | 'isSimulated'> {
  const nowhere = { organisation, site: undefined, subjectName: id, isSimulated: false }
  switch (kind) {
    case 'device': {
      const device = registry.devices.get(id)
      const owner = device && registry.organisationOf(device)
      if (!device) return nowhere
      const { name: subjectName, site, simulated: isSimulated = false } = device
      return { organisation: owner ?? organisation, site, subjectName, isSimulated }
    }
    case 'site': {
      const site = registry.sites.get(id)
      if (!site) return { ...nowhere, site: id }
      const here = [...registry.devices.values()].filter(device => device.site === id)
      const isSimulated = here.length > 0 && here.every(({ simulated }) => simulated === true)
      return { organisation: site.organisation, site: id, subjectName: site.name, isSimulated }
    }
    case 'gateway': {
      const gateway = registry.gateways.get(id)
      if (!gateway) return nowhere
      const { owner, name: subjectName, simulated: isSimulated = false } = gateway
      return { organisation: owner, site: undefined, subjectName, isSimulated }
    }
    case 'channel':
      return nowhere
    default:
      return kind satisfies never
  }
}
