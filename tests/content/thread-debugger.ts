import { setTimeout as delay } from 'node:timers/promises'
import type { SenProcess } from '../sen-process.ts'

/** Put into the environment of a process, lets `ThreadDebugger` look into it. */
export const debuggable = { NODE_OPTIONS: '--inspect=127.0.0.1:0' }

interface Answer {
  readonly id?: number
  readonly result?: { readonly result?: { readonly value?: unknown } }
  readonly method?: string
  readonly params?: {
    readonly sessionId?: string
    readonly message?: string
    readonly workerInfo?: { readonly title: string }
  }
}

/**
 * Looks into every thread of a running Sen from outside, by Node's inspector protocol, as a debugger does: the program under
 * test has no part in it.
 */
export class ThreadDebugger {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  /** Session → thread's name. */
  readonly #workers = new Map<string, string>()
  #lastId = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => {
      this.#take(JSON.parse(String(data)) as Answer)
    })
  }

  /** @param workers - names of the worker threads that must be there. */
  static async attach(process: SenProcess, workers: readonly string[]): Promise<ThreadDebugger> {
    // The parent process has one as well; that of the process at work was opened last.
    const address = [...process.output.matchAll(/Debugger listening on (ws:\S+)/g)].at(-1)?.[1]
    if (address === undefined) throw new Error('attach debugger: the process has none; start it with `debuggable`')
    const socket = new WebSocket(address)
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve)
      socket.addEventListener('error', reject)
    })
    const self = new ThreadDebugger(socket)
    await self.#ask({ method: 'NodeWorker.enable', params: { waitForDebuggerOnStart: false } })
    while (!workers.every(name => self.threads.includes(name))) await delay(20)
    return self
  }

  /** `main`, and the names of the workers that run. */
  get threads(): readonly string[] {
    return ['main', ...this.#workers.values()]
  }

  /** Evaluates an expression in every thread. @returns its value by thread; promises are waited for. */
  async everywhere(expression: string): Promise<Readonly<Record<string, unknown>>> {
    const values: Record<string, unknown> = { main: await this.inMain(expression) }
    for (const [session, name] of this.#workers)
      values[name] = valueOf(await this.#ask(evaluation(expression), session))
    return values
  }

  async inMain(expression: string): Promise<unknown> {
    return valueOf(await this.#ask(evaluation(expression)))
  }

  close(): void {
    this.#socket.close()
  }

  #ask(request: object, session?: string): Promise<Answer> {
    const id = ++this.#lastId
    const text = JSON.stringify({ id, ...request })
    return new Promise(resolve => {
      this.#waiting.set(id, resolve)
      if (session === undefined) this.#socket.send(text)
      else {
        const params = { sessionId: session, message: text }
        this.#socket.send(JSON.stringify({ id: ++this.#lastId, method: 'NodeWorker.sendMessageToWorker', params }))
      }
    })
  }

  #take({ id, method, params, ...answer }: Answer): void {
    if (id !== undefined) {
      this.#waiting.get(id)?.({ id, ...answer })
      this.#waiting.delete(id)
    } else if (method === 'NodeWorker.receivedMessageFromWorker') {
      this.#take(JSON.parse(params?.message ?? '{}') as Answer)
    } else if (method === 'NodeWorker.attachedToWorker') {
      const name = params?.workerInfo?.title.replace(/^\[worker \d+\] /, '') ?? ''
      this.#workers.set(params?.sessionId ?? '', name)
    } else if (method === 'NodeWorker.detachedFromWorker') {
      this.#workers.delete(params?.sessionId ?? '')
    }
  }
}

function evaluation(expression: string): object {
  return { method: 'Runtime.evaluate', params: { expression, returnByValue: true, awaitPromise: true } }
}

function valueOf(answer: Answer): unknown {
  return answer.result?.result?.value
}
