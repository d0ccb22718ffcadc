import { SenError } from '../../model/errors.ts'
import type { SeriesDefinition } from '../../model/series.ts'
import type { Actor } from '../auth/authorise.ts'
import { isWithin } from '../auth/authorise.ts'
import type { Services } from '../services.ts'
import { demand, mayRead } from './actor.ts'

/** What a question names; nothing named means everything the actor may see. */
export interface SeriesChoice {
  readonly device?: string | undefined
  readonly site?: string | undefined
  readonly organisation?: string | undefined
  readonly metric?: string | undefined
}

/**
 * Turns a question into the series the actor may see. Stores are asked by series ids only.
 *
 * @throws SenError `SEN_NOT_FOUND` if a device, site or organisation is named that the actor cannot see.
 */
export function chosenSeries(services: Services, actor: Actor, choice: SeriesChoice): readonly SeriesDefinition[] {
  const { registry } = services
  demand(services, actor, 'read', actor.organisation, 'readings')
  const devices = [...registry.devices.values()].filter(device => {
    const organisation = registry.organisationOf(device)
    if (choice.device !== undefined && device.id !== choice.device) return false
    if (choice.site !== undefined && device.site !== choice.site) return false
    if (!mayRead(services, actor, organisation) || organisation === undefined) return false
    return choice.organisation === undefined || isWithin(organisation, choice.organisation, registry.organisations)
  })
  if (choice.device !== undefined && devices.length === 0) throw missing('device', choice.device)
  if (choice.site !== undefined && !mayRead(services, actor, registry.sites.get(choice.site)?.organisation)) {
    throw missing('site', choice.site)
  }
  if (choice.organisation !== undefined && !isVisible(services, actor, choice.organisation)) {
    throw missing('organisation', choice.organisation)
  }
  return devices.flatMap(device =>
    services.series
      .ofDevice(device.id)
      .filter(({ metric }) => choice.metric === undefined || metric === choice.metric)
      .filter(({ organisation }) => mayRead(services, actor, organisation))
  )
}

function isVisible(services: Services, actor: Actor, organisation: string): boolean {
  return services.registry.organisations.has(organisation) && mayRead(services, actor, organisation)
}

function missing(kind: string, id: string): SenError {
  return new SenError('SEN_NOT_FOUND', `find ${kind} ${id}: there is none`)
}
