import type { ToldRecipient } from '../../model/recipient.ts'
import type { Severity } from '../../model/rule.ts'
import { isWithinHours, nextAt, night } from './local-time.ts'
import type { PastNotice, Roster } from './situation.ts'
import type { WaitsMs } from './timing.ts'

/** Why a notice is told later than it could be. */
export type Held = 'quiet' | 'digest'

/** Where the walk through one person's channels stands. */
export type Walk =
  /** Is to be sent now, or at `due` where it is held. */
  | { readonly kind: 'send'; readonly channel: string; readonly due: number; readonly held: Held | undefined }
  | { readonly kind: 'waiting'; readonly until: number }
  /** Every channel was tried, or somebody has it and has not said so: the next person's time begins. */
  | { readonly kind: 'ended'; readonly at: number; readonly isReached: boolean }

export interface WalkProps {
  readonly recipient: ToldRecipient
  readonly roster: Roster
  readonly severity: Severity
  readonly waits: WaitsMs
  /** When it begins, ms since the epoch. */
  readonly begin: number
  readonly now: number
  /** The notices to this recipient of this step and round. */
  readonly notices: readonly PastNotice[]
}

/** Walks one person's channels: the next one once the one before was refused, or is not answered or reported in time. */
export function walkOf(props: WalkProps): Walk {
  const { notices, waits, begin, now } = props
  const reached = notices.filter(({ state }) => state === 'reached').map(({ endedAt }) => endedAt ?? begin)
  if (reached.length > 0) return { kind: 'ended', at: Math.min(...reached) + waits.acknowledge, isReached: true }
  let at = begin
  for (const channel of channelsInOrder(props)) {
    const notice = notices.find(one => one.channel === channel && one.state !== 'stopped')
    if (!notice) return at <= now ? sending(props, channel, Math.max(at, now)) : { kind: 'waiting', until: at }
    at = Math.max(at, endOf(notice, waits))
    if (at > now) return { kind: 'waiting', until: at }
  }
  return { kind: 'ended', at, isReached: false }
}

/** When the next channel's turn is. */
function endOf({ state, due, triedAt, sentAt, endedAt }: PastNotice, { answer, report }: WaitsMs): number {
  switch (state) {
    case 'waiting':
      return triedAt ?? due + answer
    case 'sent':
      return (sentAt ?? due) + report
    case 'refused':
    case 'failed':
    case 'reached':
    case 'stopped':
      return endedAt ?? due
    default:
      return state satisfies never
  }
}

/** As the person chose; at night what rings goes first if it is critical; what comes in a digest does not ring. */
function channelsInOrder({ recipient, roster, severity, begin }: WalkProps): readonly string[] {
  const usable = recipient.channels.flatMap(id => roster.channels.get(id) ?? [])
  const isLoudFirst = severity === 'critical' && isWithinHours(night, begin)
  const rank = ({ id, isLoud }: (typeof usable)[number]): number => {
    const isLater = severity === 'low' ? isLoud : isLoudFirst && !isLoud
    return (roster.bad.has(`${recipient.id} ${id}`) ? 2 : 0) + (isLater ? 1 : 0)
  }
  return [...usable].sort((a, b) => rank(a) - rank(b)).map(({ id }) => id)
}

function sending({ recipient, severity }: WalkProps, channel: string, at: number): Walk {
  return { kind: 'send', channel, ...dueFor(recipient, severity, at) }
}

/** @returns when somebody is told: now, when their quiet hours end, or with their digest. */
export function dueFor(
  { quiet, digestAt }: Pick<ToldRecipient, 'quiet' | 'digestAt'>,
  severity: Severity,
  at: number
): { readonly due: number; readonly held: Held | undefined } {
  if (severity === 'low') return { due: nextAt(digestAt, at), held: 'digest' }
  const isHeld = severity !== 'critical' && quiet !== undefined && isWithinHours(quiet, at)
  return isHeld ? { due: nextAt(quiet.to, at), held: 'quiet' } : { due: at, held: undefined }
}
