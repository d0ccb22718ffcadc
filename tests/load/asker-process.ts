/** Questions to the HTTP API, over and over. */
export interface AskPlan {
  readonly url: string
  readonly token: string
  readonly seconds: number
  /** Askers at once, each with one question after the other. */
  readonly askers: number
}

export interface Answer {
  readonly status: number
  /** Sen's error code, '' if there is none. */
  readonly code: string
  readonly bytes: number
  readonly ms: number
}

/** Asks once, and takes the whole answer. */
export async function ask({ url, token }: Pick<AskPlan, 'url' | 'token'>): Promise<Answer> {
  const begin = performance.now()
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
  const bytes = Buffer.from(await answer.arrayBuffer())
  const code = answer.ok ? '' : (JSON.parse(bytes.toString()) as { readonly code: string }).code
  return { status: answer.status, code, bytes: bytes.length, ms: performance.now() - begin }
}

/** As a process of its own: the first message is the plan, all answers are sent back. */
process.once('message', (plan: AskPlan) => {
  void askOnAndOn(plan).then(answers => process.send?.(answers))
})

async function askOnAndOn(plan: AskPlan): Promise<readonly Answer[]> {
  const until = performance.now() + plan.seconds * 1000
  const asker = async (): Promise<readonly Answer[]> => {
    const answers: Answer[] = []
    while (performance.now() < until) answers.push(await ask(plan))
    return answers
  }
  return (await Promise.all(Array.from({ length: plan.askers }, asker))).flat()
}
