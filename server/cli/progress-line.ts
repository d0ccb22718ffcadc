const barWidth = 24
const everyMs = 500
const everyMsElsewhere = 5000

/** What there is to do is counted on standard error: a bar with rate and time left on a terminal, plain lines elsewhere. */
export class ProgressLine {
  readonly #word: string
  readonly #total: number | undefined
  readonly #things: string
  readonly #begun = performance.now()
  readonly #isTerminal = process.stderr.isTTY
  #done = 0
  #shownAt = performance.now()

  /** @param total - how much there is; `undefined` if nobody knows. */
  constructor(word: string, total: number | undefined, things = 'rows') {
    this.#word = word
    this.#total = total
    this.#things = things
  }

  add(count: number): void {
    this.#done += count
    const now = performance.now()
    if (now - this.#shownAt < (this.#isTerminal ? everyMs : everyMsElsewhere)) return
    this.#shownAt = now
    process.stderr.write(this.#isTerminal ? `\r${this.#text()}\u001b[K` : `${this.#text()}\n`)
  }

  /** Says how much was done, and how fast. */
  end(): void {
    process.stderr.write(`${this.#isTerminal ? '\r\u001b[K' : ''}${this.#text()}\n`)
  }

  #text(): string {
    const seconds = Math.max(0.001, (performance.now() - this.#begun) / 1000)
    const rate = Math.round(this.#done / seconds)
    const head = `${this.#word} ${this.#done}`
    if (this.#total === undefined) return `${head} ${this.#things}, ${rate} ${this.#things}/s`
    const share = this.#total === 0 ? 1 : this.#done / this.#total
    const filled = Math.round(share * barWidth)
    const bar = `${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}`
    const left = share >= 1 || rate === 0 ? '' : `, ${Math.ceil((this.#total - this.#done) / rate)} s left`
    return `${head} of ${this.#total} ${this.#things} [${bar}] ${Math.floor(share * 100)} %, ${rate} ${this.#things}/s${left}`
  }
}
