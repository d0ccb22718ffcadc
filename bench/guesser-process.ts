import { Agent, request } from 'node:http'

/** Wrong passwords to be tried at the door for people. */
export interface GuessPlan {
  /** Where Sen answers HTTP; it trusts this machine as a proxy, so that each guess can come from an address of its own. */
  readonly url: string
  readonly guesses: number
  /** Requests under way at a time. */
  readonly atOnce: number
  /** `person-0` … are guessed at. */
  readonly accounts: number
}

/** How often each status was answered. */
export type GuessAnswers = readonly (readonly [status: number, count: number])[]

export interface Attempt {
  readonly login: string
  readonly password: string
  readonly address: string
}

/** Tries to log in as a browser behind the proxy does. @returns the answer's status. */
export function logIn(url: string, { address, ...body }: Attempt, agent?: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'x-forwarded-for': address,
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'sen.example.vn'
    }
    const sent = request(`${url}/api/v1/session/password`, { method: 'POST', headers, ...(agent && { agent }) })
    sent.once('response', answer => {
      answer.resume()
      answer.once('end', () => {
        resolve(answer.statusCode ?? 0)
      })
    })
    sent.once('error', reject)
    sent.end(JSON.stringify(body))
  })
}

/** As a process of its own, so that it holds up no publisher: the first message is the plan, the answers are sent back. */
process.once('message', (plan: GuessPlan) => {
  void guessAll(plan).then(answers => process.send?.(answers))
})

async function guessAll({ url, guesses, atOnce, accounts }: GuessPlan): Promise<GuessAnswers> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce })
  const statuses = new Map<number, number>()
  let left = guesses
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      const address = `203.${left % 200}.${(left >> 3) % 250}.${(left >> 5) % 250}`
      const attempt = { login: `person-${left % accounts}`, password: `wrong ${left}`, address }
      const status = await logIn(url, attempt, agent)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, one))
  agent.destroy()
  return [...statuses]
}
