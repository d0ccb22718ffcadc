import { alarmIdOf } from '../../model/alarm.ts'
import type { AlarmChange, AlarmNames, ChangeStep } from '../../model/alarm.ts'

/** An alarm about a river station, for tests. */
export const exampleNames: AlarmNames = {
  ...{ organisation: 'root', site: 'cau-rong', name: { vi: 'Mực nước sông Lam' }, subjectName: 'Cầu Rồng' },
  ...{ levelName: { vi: 'Báo động I' }, severity: 'medium', advice: undefined, healthEvent: undefined },
  isSimulated: false
}

const subject = { kind: 'device', id: 'muc-nuoc-1' } as const

/** @returns facts of a change found at `position`, `position` minutes after an hour, about the alarm raised at `raised`. */
function factsAt(position: number, raised: number) {
  const at = 3_600_000 + position * 60_000
  const readings = [{ device: subject.id, metric: 'water_level', t: at, value: 5.4, at: position }]
  return {
    ...{ alarm: alarmIdOf('song-lam', 1, subject, raised), rule: 'song-lam', version: 1, subject },
    ...{ position, at, foundAt: at, readings, isRetrospective: false }
  }
}

/** @returns what begins an alarm; positions are minutes. */
export function raisedAt(position: number, level = 1): AlarmChange & { readonly kind: 'raised' } {
  return { kind: 'raised', level, ...factsAt(position, position) }
}

/** @returns what moves the alarm raised at `raised`. */
export function levelAt(position: number, raised: number, level: number): AlarmChange & { readonly kind: 'level' } {
  return { kind: 'level', level, ...factsAt(position, raised) }
}

/** @returns what ends the condition of the alarm raised at `raised`. */
export function clearedAt(position: number, raised: number): AlarmChange & { readonly kind: 'cleared' } {
  return { kind: 'cleared', ...factsAt(position, raised) }
}

/** @returns late data's word that it began and ended at other times. */
export function movedAt(
  position: number,
  raised: number,
  { onset, clearedAt: end }: { readonly onset: number; readonly clearedAt: number | undefined }
): AlarmChange & { readonly kind: 'moved' } {
  return { kind: 'moved', onset, clearedAt: end, ...factsAt(position, raised), isRetrospective: true }
}

/** @returns late data's word that it never was. */
export function withdrawnAt(position: number, raised: number): AlarmChange & { readonly kind: 'withdrawn' } {
  return { kind: 'withdrawn', ...factsAt(position, raised), isRetrospective: true }
}

/** @returns the change as the alarm's history keeps it. */
export function named<C extends AlarmChange>(change: C): C & Pick<ChangeStep, 'names'> {
  return { ...change, names: exampleNames }
}
