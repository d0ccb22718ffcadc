import type { Severity } from '../../model/rule.ts'
import { chainsOf } from './chain.ts'
import type { Chain } from './chain.ts'
import { episodeOf } from './episode.ts'
import type { Episode, Told } from './episode.ts'
import { noticeKeyOf } from './notice-key.ts'
import type { NoticeAbout, PastNotice, Roster, Situation } from './situation.ts'
import { waitsOf } from './timing.ts'
import { dueFor, walkOf } from './walk.ts'
import type { Held } from './walk.ts'

/** One thing to be told to one recipient through one channel. */
export interface PlannedNotice {
  readonly key: string
  readonly alarm: string
  readonly step: number
  readonly round: number
  readonly recipient: string
  readonly channel: string
  readonly about: NoticeAbout
  readonly severity: Severity
  /** ms since the epoch; never before the `now` of the plan. */
  readonly due: number
  readonly held: Held | undefined
}

/** What is to be done about telling people of one alarm. */
export interface EscalationPlan {
  /** None has the key of a notice that waits, was sent, or was refused; that of one that was stopped it may have. */
  readonly notices: readonly PlannedNotice[]
  /** Keys of notices that wait, and must not leave any more. */
  readonly stop: readonly string[]
  /** When to plan again, though nothing has happened; `undefined`: only once something has. */
  readonly lookAgainAt: number | undefined
  /** It calls for somebody, and there is nobody who could be told. */
  readonly isUntold: boolean
}

/** What a walk's notices say. */
const callsOf: ReadonlySet<NoticeAbout> = new Set(['raised', 'worse', 'reminder', 'digest'])

/**
 * Says who is to be told of an alarm now, by what, and when to ask again. Pure: the same situation, roster and time, the same
 * plan; applied and asked again it plans nothing twice.
 *
 * @param now - ms since the epoch; decides what is due, and who is on duty.
 */
export function planOf(situation: Situation, roster: Roster, now: number): EscalationPlan {
  const episode = episodeOf(situation, now)
  const { call, end, isAcknowledged, isSilent, silentUntil } = episode
  if (call === undefined) return nothing
  const news = newsOf(situation, roster, episode, now)
  if (end !== undefined || isAcknowledged || isSilent) {
    const keys = waitingOf(situation.notices, ({ about }) => callsOf.has(about) || end !== undefined)
    const stop = keys.filter(key => !isOf(end, situation.notices, key))
    return { notices: isSilent ? [] : news, stop, lookAgainAt: silentUntil, isUntold: false }
  }
  return withNews(calling(situation, roster, { ...episode, call }, now), news)
}

const nothing: EscalationPlan = { notices: [], stop: [], lookAgainAt: undefined, isUntold: false }

function withNews(plan: EscalationPlan, news: readonly PlannedNotice[]): EscalationPlan {
  return { ...plan, notices: [...plan.notices, ...news] }
}

function waitingOf(notices: readonly PastNotice[], fits: (notice: PastNotice) => boolean): readonly string[] {
  return notices.filter(notice => notice.state === 'waiting' && fits(notice)).map(({ key }) => key)
}

function isOf(end: Told | undefined, notices: readonly PastNotice[], key: string): boolean {
  return end !== undefined && notices.some(notice => notice.key === key && notice.step === end.step)
}

type Calling = Episode & { readonly call: Told }

/** Runs the chains, side by side. */
function calling(situation: Situation, roster: Roster, episode: Calling, now: number): EscalationPlan {
  const chains = chainsOf(situation, roster, now)
  const planned = new Map<string, PlannedNotice>()
  const stop = new Set(
    waitingOf(situation.notices, ({ about, step }) => callsOf.has(about) && step !== episode.call.step)
  )
  let lookAgainAt: number | undefined
  for (const chain of chains) {
    const ran = runChain(chain, { situation, roster, episode, now })
    for (const notice of ran.notices) planned.set(notice.key, notice)
    for (const key of ran.stop) stop.add(key)
    if (ran.lookAgainAt !== undefined) lookAgainAt = Math.min(lookAgainAt ?? Infinity, ran.lookAgainAt)
  }
  return { notices: [...planned.values()], stop: [...stop], lookAgainAt, isUntold: chains.length === 0 }
}

interface Running {
  readonly situation: Situation
  readonly roster: Roster
  readonly episode: Calling
  readonly now: number
}

interface Ran {
  readonly notices: readonly PlannedNotice[]
  readonly stop: readonly string[]
  readonly lookAgainAt: number | undefined
}

function runChain(chain: Chain, running: Running): Ran {
  const { situation, episode, now } = running
  const { severity } = situation.alarm
  const waits = waitsOf(chain.policy, severity)
  // What comes once a day goes to those who are told first, once.
  const rounds = severity === 'low' ? 1 : waits.rounds
  const stages = severity === 'low' ? firstStage(chain, episode.begin) : chain.stages
  const stop: string[] = []
  let begin = episode.begin
  for (let round = 0; round < rounds; round++) {
    for (let stage = 0; stage < stages; stage++) {
      if (begin > now) return { notices: [], stop, lookAgainAt: begin }
      const ran = runStage(chain, stage, { ...running, round, begin })
      stop.push(...ran.stop)
      if (ran.endsAt === undefined) return { ...ran, stop }
      begin = ran.endsAt
    }
    begin += waits.repeat
  }
  return { notices: [], stop, lookAgainAt: undefined }
}

/** @returns how many stages there are up to the first in which somebody stands. */
function firstStage({ stages, members }: Chain, at: number): number {
  for (let stage = 0; stage < stages; stage++) if (members(stage, at).length > 0) return stage + 1
  return stages
}

type RunningStage = Running & { readonly round: number; readonly begin: number }

/** @returns what is to be done; `endsAt` once everybody's channels were walked to their end. */
function runStage(
  { policy, members }: Chain,
  stage: number,
  { situation, roster, episode, now, round, begin }: RunningStage
): Ran & { readonly endsAt: number | undefined } {
  const { alarm } = situation
  const { severity } = alarm
  const waits = waitsOf(policy, severity)
  const { step } = episode.call
  const notices: PlannedNotice[] = []
  const stop: string[] = []
  const times: number[] = []
  let endsAt = begin
  for (const recipient of members(stage, begin)) {
    const own = situation.notices.filter(
      one => one.step === step && one.round === round && one.recipient === recipient.id && callsOf.has(one.about)
    )
    const walk = walkOf({ recipient, roster, severity, waits, begin, now, notices: own })
    if (walk.kind === 'ended') {
      endsAt = Math.max(endsAt, walk.at)
      if (walk.isReached) stop.push(...waitingOf(own, () => true))
      continue
    }
    times.push(walk.kind === 'waiting' ? walk.until : walk.due + waits.answer)
    if (walk.kind === 'waiting') continue
    const { channel, due, held } = walk
    const identity = { alarm: alarm.id, step, round, recipient: recipient.id, channel }
    const about = severity === 'low' ? 'digest' : round > 0 ? 'reminder' : episode.call.about
    notices.push({ key: noticeKeyOf(identity), ...identity, about, severity, due, held })
  }
  const isOver = times.length === 0
  return { notices, stop, lookAgainAt: isOver ? undefined : Math.min(...times), endsAt: isOver ? endsAt : undefined }
}

/** Tells those who were told how it went on: that it is less, or over. Once each, by a channel that took the first. */
function newsOf(
  situation: Situation,
  roster: Roster,
  { end, better, firstStep }: Episode,
  now: number
): readonly PlannedNotice[] {
  const told = end ?? better
  if (told === undefined) return []
  const { alarm, notices, worst } = situation
  const severity = end ? worst : alarm.severity
  const took = notices.filter(
    ({ step, about, state }) =>
      step >= firstStep && step < told.step && callsOf.has(about) && (state === 'sent' || state === 'reached')
  )
  return [...new Set(took.map(({ recipient }) => recipient))].flatMap(id => {
    const recipient = roster.recipients.get(id)
    const already = notices.filter(one => one.recipient === id && one.step === told.step && one.state !== 'stopped')
    if (!recipient?.isEnabled || already.some(({ state }) => state !== 'refused' && state !== 'failed')) return []
    const channel = took
      .filter(one => one.recipient === id && roster.channels.has(one.channel))
      .sort((a, b) => Number(b.state === 'reached') - Number(a.state === 'reached'))
      .map(one => one.channel)
      .find(one => !already.some(refused => refused.channel === one))
    if (channel === undefined) return []
    const identity = { alarm: alarm.id, step: told.step, round: 0, recipient: id, channel }
    const when = dueFor(recipient, severity, now)
    return [{ key: noticeKeyOf(identity), ...identity, about: told.about, severity, ...when }]
  })
}
