import { createSubscriber } from 'svelte/reactivity'

const subscribe = createSubscriber(update => {
  const second = setInterval(update, 1_000)
  return () => clearInterval(second)
})

/** @returns this machine's wall time, ms since the epoch; what reads it while drawing is drawn again each second. */
export function tickingNow(): number {
  subscribe()
  return Date.now()
}
