/** Keeps the screen from going dark while the page is in sight, where the browser can. @returns what ends it. */
export function keepAwake(): () => void {
  let lock: WakeLockSentinel | undefined
  let isOver = false

  async function take(): Promise<void> {
    if (document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return
    try {
      lock = await navigator.wakeLock.request('screen')
      if (isOver) await lock.release()
    } catch {
      // Refused, for instance on low battery: the screen goes dark as its owner has set it.
    }
  }

  const again = () => void take()
  document.addEventListener('visibilitychange', again)
  void take()
  return () => {
    isOver = true
    document.removeEventListener('visibilitychange', again)
    lock?.release().catch(() => {})
  }
}
