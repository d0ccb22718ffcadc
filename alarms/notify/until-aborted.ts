/**
 * Waits no longer than a try may last. The work goes on by itself: what it comes to is nobody's any more, nor is its failure.
 *
 * @returns nothing if the try ended first.
 */
export function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const end = () => resolve(undefined)
    if (signal.aborted) end()
    signal.addEventListener('abort', end, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end))
  })
}
