import type { Alarm, AlarmStep } from '../../model/alarm.ts'
import type { WrittenStep } from '../../storage/state/alarm-store.ts'
import type { Actor } from '../auth/authorise.ts'
import type { Services } from '../services.ts'
import { alarmItem, alarmStepItem, seesAlarm } from './alarm-items.ts'

export interface AlarmStreamProps {
  readonly services: Services
  /** Who listens, as it stands now. */
  readonly actor: () => Actor
  /** The last step that the listener has; `undefined`: it has just come. */
  readonly after: number | undefined
  readonly send: (event: { readonly id: string; readonly event: 'alarms'; readonly data: unknown }) => void
}

const stepsAtOnce = 500

/**
 * Sends each step of the alarms that somebody may see, in order and once, from the last on that it has. Its number is the
 * event's id, so that who was cut off goes on where it was.
 *
 * @returns a function that ends it.
 */
export function streamAlarms({ services, actor, after, send }: AlarmStreamProps): () => void {
  let waiting: WrittenStep[] | undefined = []
  let reached = after ?? 0
  let isEnded = false
  const tell = (step: AlarmStep, alarm: Alarm): void => {
    if (step.sequence <= reached) return
    reached = step.sequence
    if (!isEnded && seesAlarm(services, actor(), alarm)) {
      const data = { alarm: alarmItem(alarm), step: alarmStepItem(step) }
      send({ id: String(step.sequence), event: 'alarms', data })
    }
  }
  const stop = services.alarmFeed.listen(written => {
    if (waiting) waiting.push(...written)
    else for (const { step, alarm } of written) tell(step, alarm)
  })
  const catchUp = async (): Promise<void> => {
    for (let isMore = after !== undefined; isMore && !isEnded;) {
      const steps = await services.alarms.stepsAfter(reached, stepsAtOnce)
      for (const step of steps) {
        const alarm = await services.alarms.alarm(step.alarm)
        if (alarm) tell(step, alarm)
      }
      isMore = steps.length === stepsAtOnce
    }
  }
  catchUp()
    .catch((cause: unknown) => {
      services.log.warn({ cause }, 'Steps of alarms that were missed were not told; the list of alarms has them')
    })
    .finally(() => {
      for (const { step, alarm } of waiting ?? []) tell(step, alarm)
      waiting = undefined
    })
  return () => {
    isEnded = true
    stop()
  }
}
