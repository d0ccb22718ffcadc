import { planOf } from '../../alarms/escalation/plan.ts'
import type { EscalationPlan } from '../../alarms/escalation/plan.ts'
import { episodeOf } from '../../alarms/escalation/episode.ts'
import type { Situation } from '../../alarms/escalation/situation.ts'
import type { Alarm, AlarmStep } from '../../model/alarm.ts'
import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import { severities } from '../../model/rule.ts'
import type { Severity } from '../../model/rule.ts'
import type { AppliedPlan, NoticeLink } from '../../storage/state/notice-store.ts'
import type { NotifyContext } from './context.ts'
import type { ReadRoster } from './roster-book.ts'

/** Steps that are read at a time. */
const stepsAtATime = 500
const alarmsAtATime = 200
const nothing: EscalationPlan = { notices: [], stop: [], lookAgainAt: undefined, isUntold: false }

/** Plans for alarms: follows their steps, and looks again when it is time. */
export class Planning {
  readonly #context: NotifyContext
  #position: number | undefined

  constructor(context: NotifyContext) {
    this.#context = context
  }

  /** Plans for every alarm that has new steps, up to the newest. Plan and place are written in one. @returns how many steps. */
  async follow(): Promise<number> {
    const { alarms, store } = this.#context
    let count = 0
    for (;;) {
      this.#position ??= await store.position()
      const steps = await alarms.stepsAfter(this.#position, stepsAtATime)
      const last = steps.at(-1)
      if (!last) return count
      await this.#plan(idsOf(steps), last.sequence)
      this.#position = last.sequence
      count += steps.length
    }
  }

  /** Plans again for alarms whose time has come. @returns how many. */
  async lookAgain(): Promise<number> {
    const { store, clock } = this.#context
    const ids = await store.alarmsToLookAt(clock.now(), alarmsAtATime)
    if (ids.length > 0) await this.#plan(ids)
    return ids.length
  }

  async #plan(ids: readonly string[], position?: number): Promise<void> {
    const { store, clock, roster: book } = this.#context
    const now = clock.now()
    const roster = await book.read(now)
    const planned = await Promise.all(ids.map(id => this.#planOne(id, roster, now)))
    const links = planned.flatMap(one => one.links)
    await store.apply(
      planned.map(({ applied }) => applied),
      links,
      now,
      position
    )
  }

  async #planOne(
    id: string,
    roster: ReadRoster,
    now: number
  ): Promise<{ readonly applied: AppliedPlan; readonly links: readonly NoticeLink[] }> {
    const { alarms, links } = this.#context
    const alarm = await alarms.alarm(id)
    if (!alarm) return { applied: { alarm: id, organisation: '', plan: nothing }, links: [] }
    const plan = planOf(await this.situationOf(alarm), roster, now)
    this.#tellUntold(alarm, plan)
    const calls = plan.notices.filter(({ about }) => isCall(about))
    return {
      applied: { alarm: id, organisation: alarm.organisation, plan },
      links: [...new Set(calls.map(({ recipient }) => recipient))].map(recipient => links.kept(id, recipient, now))
    }
  }

  async situationOf(alarm: Alarm): Promise<Situation> {
    const { alarms, store, registry } = this.#context
    const [steps, notices] = await Promise.all([alarms.steps(alarm.id), store.noticesOf(alarm.id)])
    return situationOf(alarm, steps, notices, registry)
  }

  /** @returns whether it still calls for somebody: raised, not over, not acknowledged, not silent. */
  async isCalling(alarm: Alarm): Promise<boolean> {
    const steps = await this.#context.alarms.steps(alarm.id)
    const { call, end, isAcknowledged, isSilent } = episodeOf({ alarm, steps }, this.#context.clock.now())
    return call !== undefined && end === undefined && !isAcknowledged && !isSilent
  }

  /** That nobody can be told is what a human must see to first. */
  #tellUntold(alarm: Alarm, { isUntold }: EscalationPlan): void {
    const { health, log } = this.#context
    if (alarm.severity !== 'critical' && alarm.severity !== 'high') return
    if (!isUntold) {
      health.clearWarning('alarm-tells-nobody')
      return
    }
    log.warn({ alarm: alarm.id, severity: alarm.severity }, 'Nobody can be told of an alarm')
    health.warn('alarm-tells-nobody', `${alarm.name.vi}, ${alarm.subjectName}: no recipient with a channel fits it`)
  }
}

/** @returns whether a notice of this kind asks to be acknowledged. */
export function isCall(about: string): boolean {
  return about === 'raised' || about === 'worse' || about === 'reminder' || about === 'digest' || about === 'test'
}

/** @returns an alarm as planning sees it. */
export function situationOf(
  alarm: Alarm,
  steps: readonly AlarmStep[],
  notices: Situation['notices'],
  registry: RegistrySnapshot
): Situation {
  const { subject } = alarm
  const tags =
    subject.kind === 'device'
      ? (registry.devices.get(subject.id)?.tags ?? [])
      : [...registry.devices.values()].flatMap(device => (device.site === alarm.site ? (device.tags ?? []) : []))
  return {
    ...{ alarm, worst: worstOf(alarm, steps), steps, notices },
    tags: [...new Set(tags)],
    organisations: organisationsFrom(alarm.organisation, registry)
  }
}

function worstOf(alarm: Alarm, steps: readonly AlarmStep[]): Severity {
  const seen = steps.flatMap(({ body }) => (body.kind === 'raised' || body.kind === 'level' ? body.names.severity : []))
  const rank = Math.max(...[alarm.severity, ...seen].map(one => severities.indexOf(one)))
  return severities[rank] ?? alarm.severity
}

/** @returns the organisation and those above it, the nearest first. */
export function organisationsFrom(organisation: string, { organisations }: RegistrySnapshot): readonly string[] {
  const chain: string[] = []
  for (let at: string | undefined = organisation; at !== undefined && !chain.includes(at);) {
    chain.push(at)
    at = organisations.get(at)?.parent
  }
  return chain
}

/** Notices are written by ourselves: they call for no plan. */
function idsOf(steps: readonly AlarmStep[]): readonly string[] {
  return [...new Set(steps.filter(({ body }) => body.kind !== 'notice').map(({ alarm }) => alarm))]
}
