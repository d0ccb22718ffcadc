import { LRUCache } from 'lru-cache'
import type { Clock } from '../../model/clock.ts'

export interface BoundedMemoryProps {
  readonly clock: Pick<Clock, 'monotonic'>
  /** Keys that are held; what was written least recently is forgotten first. */
  readonly most: number
  /** What was written so long ago is forgotten, ms. */
  readonly lifeMs: number
}

/** Room for all keys is made at once: ask for no more than is needed. @returns a map whose size strangers cannot choose: it forgets what is old, and the oldest when it is full. */
export function boundedMemory<K extends {}, V extends {}>({ clock, most, lifeMs }: BoundedMemoryProps): LRUCache<K, V> {
  return new LRUCache<K, V>({
    max: most,
    ttl: lifeMs,
    ttlResolution: 0,
    // It takes 0 for "no time".
    perf: { now: () => clock.monotonic() + 1 }
  })
}
