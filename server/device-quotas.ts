import { DeviceQuota } from '../ingest/device-quota.ts'
import type { Offenders } from '../ingest/flood/offenders.ts'
import type { Settings } from './config.ts'

/** A device may send what it saved up for so long, s. */
const burstS = 60

/** What each device may send, by whatever door; who sends more is noted. */
export function deviceQuotaOf(settings: Settings, offenders: Offenders): DeviceQuota {
  const { SEN_DEVICE_RATE: perSecond, SEN_DEVICE_BYTES: bytesPerSecond } = settings
  return new DeviceQuota({ perSecond, bytesPerSecond, burst: perSecond * burstS }, (holder, what) => {
    offenders.note(holder, 'rate', what)
  })
}
