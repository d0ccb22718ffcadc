import type { HealthEvent, HealthEventKind } from '../../model/health.ts'

type Opening = Pick<HealthEvent, 'position' | 'openedAt' | 'since'> &
  Partial<Pick<HealthEvent, 'device' | 'gateway' | 'metric'>>

/** An event that begins. Its id is made of what opened it, so that reading the log again gives the same one. */
export function openedEvent(kind: HealthEventKind, opening: Opening): HealthEvent {
  const { position, device, gateway, metric, openedAt, since } = opening
  const id = [position, kind, device ?? gateway, ...(metric === undefined ? [] : [metric])].join('-')
  return {
    ...{ id, kind, position, device, gateway, metric, openedAt, since, endedAt: undefined },
    ...{ silentDevices: [], heardElsewhere: [] }
  }
}
