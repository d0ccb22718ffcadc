import type { Resolve } from './guarded-lookup.ts'

interface Look {
  readonly host: string
  readonly waiting: Parameters<Resolve>[1][]
}

/**
 * Asks the system's resolver for few names at a time, and once for all who want the same. While the way out is cut each
 * question holds a thread of the pool for many seconds, and the pool is also the one that makes messages durable: a storm of
 * notices must not take it all.
 *
 * @param most - questions at a time.
 */
export function sharedResolver(ask: Resolve, most: number): Resolve {
  const underway = new Map<string, Look>()
  const queue: Look[] = []
  let asking = 0

  const next = (): void => {
    const look = asking < most ? queue.shift() : undefined
    if (look === undefined) return
    asking++
    ask(look.host, (error, addresses) => {
      asking--
      underway.delete(look.host)
      for (const done of look.waiting) done(error, addresses)
      next()
    })
  }

  return (host, done) => {
    const known = underway.get(host)
    if (known) {
      known.waiting.push(done)
      return
    }
    const look = { host, waiting: [done] }
    underway.set(host, look)
    queue.push(look)
    next()
  }
}
