import type { Rule } from '../../model/rule.ts'
import type { Actor } from '../auth/authorise.ts'
import { isWithin } from '../auth/authorise.ts'
import { checkRule } from '../rule-check.ts'
import type { Services } from '../services.ts'
import { mayRead } from './actor.ts'
import { objectOfDevice, objectOfSite } from './objects.ts'

/**
 * Says no to a rule that whoever saves it may not save: one that names what this actor cannot see, or that means nothing.
 *
 * @throws SenError as `checkRule`.
 */
export function demandSoundRule(services: Services, actor: Actor, one: Rule): void {
  const { registry } = services
  const isBelow = (organisation: string): boolean => isWithin(organisation, one.organisation, registry.organisations)
  checkRule(one, {
    ...{ registry, profiles: services.profiles, metricCatalogue: services.metricCatalogue },
    seesSite: id => {
      const site = registry.sites.get(id)
      const isOwn = site !== undefined && isBelow(site.organisation)
      return isOwn && mayRead(services, actor, objectOfSite(services, actor, site))
    },
    seesDevice: id => {
      const device = registry.devices.get(id)
      return device !== undefined && mayRead(services, actor, objectOfDevice(services, device))
    }
  })
}
