import { SenError } from '../../model/errors.ts'
import { rootOrganisation } from '../../model/registry.ts'
import type { SeriesDefinition } from '../../model/series.ts'
import type { Actor } from '../auth/authorise.ts'
import type { Services } from '../services.ts'
import { mayAnywhere } from '../auth/authorise.ts'
import { demand, mayRead } from './actor.ts'
import { objectOfDevice } from './objects.ts'
import { chosenSites } from './site-choice.ts'
import type { SiteChoice } from './site-choice.ts'

/** What a question names; nothing named means everything the actor may see. */
export interface SeriesChoice extends SiteChoice {
  readonly device?: string | undefined
  readonly metric?: string | undefined
}

/**
 * Turns a question into the series the actor may see. Stores are asked by series ids only.
 *
 * A device that has gone to another organisation left its earlier series with whom it belonged to: who may read that
 * organisation finds them by the device's id.
 *
 * @throws SenError `SEN_NOT_FOUND` if a device, site, organisation or place is named that the actor cannot see.
 */
export function chosenSeries(services: Services, actor: Actor, choice: SeriesChoice): readonly SeriesDefinition[] {
  const { registry } = services
  if (!mayAnywhere(actor, 'read')) demand(services, actor, 'read', actor.organisation, 'readings')
  const sites = chosenSites(services, actor, choice)
  const devices = [...registry.devices.values()].filter(
    one =>
      sites.has(one.site) &&
      (choice.device === undefined || one.id === choice.device) &&
      mayRead(services, actor, objectOfDevice(services, one))
  )
  if (choice.device === undefined || devices.length > 0)
    return devices.flatMap(({ id }) => seriesOf(id).filter(({ metric }) => isAsked(metric)))
  const isPlaceless = choice.site === undefined && choice.organisation === undefined && choice.place === undefined
  const former = isPlaceless && registry.devices.has(choice.device) ? seriesOf(choice.device) : []
  if (former.length === 0) throw new SenError('SEN_NOT_FOUND', `find device ${choice.device}: there is none`)
  return former.filter(({ metric }) => isAsked(metric))

  function isAsked(metric: string): boolean {
    return choice.metric === undefined || metric === choice.metric
  }

  function seriesOf(id: string): readonly SeriesDefinition[] {
    const isSimulated = registry.devices.get(id)?.simulated === true
    return services.series
      .ofDevice(id)
      .filter(({ organisation }) =>
        mayRead(services, actor, { organisation: heirOf(services, organisation), isSimulated })
      )
  }
}

/** Whose the history of an organisation is: its own, and once it is removed, the root's. */
function heirOf({ registry }: Services, organisation: string): string {
  return registry.organisations.has(organisation) ? organisation : rootOrganisation
}
