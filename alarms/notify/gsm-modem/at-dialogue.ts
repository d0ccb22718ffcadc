import type { Duplex } from 'node:stream'

/** How a modem ended a command. */
export interface AtAnswer {
  readonly isOk: boolean
  /** `OK`, `ERROR`, `+CMS ERROR: 38`, `no answer`. */
  readonly end: string
  /** What it said before that. */
  readonly lines: readonly string[]
}

interface AtDialogueProps {
  readonly line: Duplex
  /** What a modem says by itself: `+CDS` and `+CMT` with the PDU that follows. */
  readonly onPdu: (pdu: string) => void
}

const finals = /^(?:OK|ERROR|\+CM[ES] ERROR: ?.*|NO CARRIER)$/
/** Two lines: the second is a PDU. */
const announced = /^\+(?:CDS|CMT):/
const escape = '\x1b'
const controlZ = '\x1a'
/** A line longer than any PDU is none of a modem's. */
const longest = 4096

interface Waiting {
  readonly text: string | undefined
  readonly lines: string[]
  readonly end: (answer: AtAnswer) => void
}

/**
 * Commands and answers over a modem's line, one command at a time. Source: 3GPP TS 27.007 and 27.005; V.250 for the line.
 * A command that gets no answer ends the dialogue: what comes later would be taken for the next one's.
 */
export class AtDialogue {
  readonly #props: AtDialogueProps
  #buffer = ''
  #isPduNext = false
  #waiting: Waiting | undefined
  #isClosed = false

  constructor(props: AtDialogueProps) {
    this.#props = props
    const { line } = props
    line.setEncoding('latin1')
    line.on('data', (chunk: string) => this.#heard(chunk))
    line.on('error', () => this.close())
    line.on('close', () => this.close())
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** @param text - what to send after the prompt `> ` (of `AT+CMGS`). */
  command(command: string, timeoutMs: number, text?: string): Promise<AtAnswer> {
    if (this.#isClosed || this.#waiting) return Promise.resolve({ isOk: false, end: 'the line is closed', lines: [] })
    return new Promise(resolve => {
      const timer = setTimeout(() => {
        if (text !== undefined) this.#props.line.write(escape)
        this.#end('no answer')
        this.close()
      }, timeoutMs)
      const end = (answer: AtAnswer) => {
        clearTimeout(timer)
        this.#waiting = undefined
        resolve(answer)
      }
      this.#waiting = { text, lines: [], end }
      this.#props.line.write(`${command}\r`)
    })
  }

  /** Safe to call twice. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#end('the line is closed')
    this.#props.line.destroy()
  }

  #heard(chunk: string): void {
    this.#buffer += chunk
    for (;;) {
      const [whole, line] = /^([^\r\n]*)[\r\n]+/.exec(this.#buffer) ?? []
      if (whole === undefined || line === undefined) break
      this.#buffer = this.#buffer.slice(whole.length)
      if (line !== '') this.#line(line.trim())
    }
    if (this.#buffer.length > longest) return this.close()
    const isAsked = this.#waiting?.text !== undefined && /^>/.test(this.#buffer)
    if (!isAsked) return
    this.#buffer = ''
    this.#props.line.write(`${this.#waiting?.text ?? ''}${controlZ}`)
  }

  #line(line: string): void {
    if (this.#isPduNext) {
      this.#isPduNext = false
      this.#props.onPdu(line)
    } else if (announced.test(line)) this.#isPduNext = true
    else if (finals.test(line)) this.#end(line)
    else this.#waiting?.lines.push(line)
  }

  #end(end: string): void {
    this.#waiting?.end({ isOk: end === 'OK', end, lines: this.#waiting.lines })
  }
}
