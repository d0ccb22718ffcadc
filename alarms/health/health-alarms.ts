import { alarmIdOf } from '../../model/alarm.ts'
import type { AlarmChange, AlarmSubject } from '../../model/alarm.ts'
import type { HealthEvent, HealthEventKind } from '../../model/health.ts'
import type { Position } from '../../model/position.ts'
import type { Device } from '../../model/registry.ts'
import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { Rule, RuleScope } from '../../model/rule.ts'

/** An alarm whose condition is that a health event goes on. */
export interface OpenHealthAlarm {
  /** The id that it was raised with last. */
  readonly alarm: string
  readonly rule: string
  readonly version: number
  readonly subject: AlarmSubject
  readonly event: HealthEventKind
}

/** A change, and the kind of event that is behind it. */
export interface HealthChange {
  readonly change: AlarmChange
  readonly event: HealthEventKind
}

/** Where and when a review is made: its raw position, and receive time in ms. */
export interface Moment {
  readonly position: Position
  readonly at: number
}

/**
 * Turns what health finds out about devices and gateways into alarms of the rules that want to know. Pure but for what it
 * remembers. An alarm stands for as long as one event of its kind goes on; its id comes from the event that raised it.
 */
export class HealthAlarms {
  readonly #open = new Map<string, OpenHealthAlarm>()
  /** Events that go on, by their id. */
  readonly #events = new Map<string, HealthEvent>()

  /** @param open - alarms that were raised before and not cleared. */
  constructor(open: Iterable<OpenHealthAlarm> = []) {
    for (const one of open) this.#open.set(keyOf(one.rule, one.event, one.subject), one)
  }

  /** Devices that are silent because a gateway is down, and which one. */
  get behindGateways(): ReadonlyMap<string, string> {
    const down = [...this.#events.values()].filter(({ kind }) => kind === 'gateway-down')
    return new Map(down.flatMap(({ gateway = '', silentDevices }) => silentDevices.map(id => [id, gateway] as const)))
  }

  /** Takes events that began, grew or ended. @returns what that raises and clears. */
  take(events: readonly HealthEvent[], registry: RegistrySnapshot): readonly HealthChange[] {
    return events.flatMap(event => {
      if (event.endedAt === undefined) {
        this.#events.set(event.id, event)
        return this.#raised(event, registry)
      }
      this.#events.delete(event.id)
      return this.#ended(event, { position: event.position, at: event.endedAt })
    })
  }

  /** Looks at everything again, because rules have changed, or because events ended while nobody listened. */
  review(registry: RegistrySnapshot, moment: Moment): readonly HealthChange[] {
    const raised = [...this.#events.values()].flatMap(event => this.#raised(event, registry))
    const gone = [...this.#open].filter(([, { rule, event, subject }]) => {
      const wanting = registry.rules.get(rule)
      const going = [...this.#events.values()].filter(one => one.kind === event && isAbout(one, subject))
      return !wanting || !going.some(one => levelOf(wanting, one, registry) > 0)
    })
    return [...raised, ...gone.map(([key, one]) => this.#cleared(key, one, moment))]
  }

  #raised(event: HealthEvent, registry: RegistrySnapshot): readonly HealthChange[] {
    return [...registry.rules.values()].flatMap(rule => {
      const level = levelOf(rule, event, registry)
      const subject = subjectOf(event)
      const key = keyOf(rule.id, event.kind, subject)
      if (level === 0 || this.#open.has(key)) return []
      const { id, version } = rule
      const alarm = alarmIdOf(id, version, subject, event.position)
      this.#open.set(key, { alarm, rule: id, version, subject, event: event.kind })
      const facts = { position: event.position, at: event.since, foundAt: event.openedAt, readings: [] }
      const change = { kind: 'raised', alarm, rule: id, version, subject, level, ...facts } as const
      return [{ event: event.kind, change: { ...change, isRetrospective: false } }]
    })
  }

  #ended(event: HealthEvent, moment: Moment): readonly HealthChange[] {
    const subject = subjectOf(event)
    const goesOn = [...this.#events.values()].some(one => one.kind === event.kind && isAbout(one, subject))
    if (goesOn) return []
    const over = [...this.#open].filter(([, one]) => one.event === event.kind && isAbout(event, one.subject))
    return over.map(([key, one]) => this.#cleared(key, one, moment))
  }

  #cleared(key: string, { event, ...one }: OpenHealthAlarm, { position, at }: Moment): HealthChange {
    this.#open.delete(key)
    return {
      event,
      change: { kind: 'cleared', ...one, position, at, foundAt: at, readings: [], isRetrospective: false }
    }
  }
}

/** @returns the level at which the rule wants to know of the event; 0 if it does not. */
function levelOf(rule: Rule, event: HealthEvent, registry: RegistrySnapshot): number {
  if (!rule.isEnabled || !isWatched(rule, event, registry)) return 0
  return rule.levels.findIndex(({ when }) => when.kind === 'health' && when.event === event.kind) + 1
}

function isWatched({ organisation, scope }: Rule, event: HealthEvent, registry: RegistrySnapshot): boolean {
  if (event.device === undefined) {
    const owner = registry.gateways.get(event.gateway ?? '')?.owner
    // A list names devices or what they stand at: a gateway is none of them.
    const isListed = Object.values(scope).some(list => list !== undefined)
    return owner !== undefined && !isListed && isBelow(owner, organisation, registry)
  }
  const device = registry.devices.get(event.device)
  const owner = device && registry.organisationOf(device)
  return owner !== undefined && isInScope(scope, device) && isBelow(owner, organisation, registry)
}

function isInScope({ sites, devices, profiles, tags }: RuleScope, device: Device | undefined): boolean {
  if (!device) return false
  const isIn = (list: readonly string[] | undefined, id: string): boolean => list?.includes(id) ?? true
  const isTagged = tags?.some(tag => device.tags?.includes(tag)) ?? true
  return isTagged && isIn(sites, device.site) && isIn(devices, device.id) && isIn(profiles, device.profile)
}

function isBelow(organisation: string, ancestor: string, { organisations }: RegistrySnapshot): boolean {
  const seen = new Set<string>()
  for (let at: string | undefined = organisation; at !== undefined && !seen.has(at);) {
    if (at === ancestor) return true
    seen.add(at)
    at = organisations.get(at)?.parent
  }
  return false
}

function subjectOf({ device, gateway }: HealthEvent): AlarmSubject {
  return device === undefined ? { kind: 'gateway', id: gateway ?? '' } : { kind: 'device', id: device }
}

function isAbout(event: HealthEvent, { kind, id }: AlarmSubject): boolean {
  const subject = subjectOf(event)
  return subject.kind === kind && subject.id === id
}

function keyOf(rule: string, event: HealthEventKind, { kind, id }: AlarmSubject): string {
  return [rule, event, kind, id].join('~')
}
