/** One event of a `text/event-stream`. */
export interface StreamEvent {
  /** `message` where the stream names none. */
  readonly event: string
  readonly data: string
}

/**
 * Reads server-sent events from text that arrives in pieces of any size; comments and unknown fields are skipped.
 * Source: WHATWG HTML, section 9.2.6 "Interpreting an event stream" (without `id` and `retry`, which Sen's console does not use).
 */
export class EventStreamParser {
  #rest = ''
  #event = ''
  #data: string[] = []

  /** @returns the events that `piece` completes, in order. */
  push(piece: string): StreamEvent[] {
    const events: StreamEvent[] = []
    const text = this.#rest + piece
    // A carriage return at the very end may be the first half of CRLF: it waits for the next piece.
    const complete = text.endsWith('\r') ? text.slice(0, -1) : text
    const lines = complete.split(/\r\n|\n|\r/)
    this.#rest = (lines.pop() ?? '') + text.slice(complete.length)
    for (const line of lines) {
      const event = this.#line(line)
      if (event) events.push(event)
    }
    return events
  }

  #line(line: string): StreamEvent | undefined {
    if (line === '') return this.#dispatch()

    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') this.#event = value
    if (field === 'data') this.#data.push(value)
    return undefined
  }

  #dispatch(): StreamEvent | undefined {
    const event = { event: this.#event || 'message', data: this.#data.join('\n') }
    const isEmpty = this.#data.length === 0
    this.#event = ''
    this.#data = []
    return isEmpty ? undefined : event
  }
}
