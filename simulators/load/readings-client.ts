import { z } from 'zod'
import { SenError } from '../../model/errors.ts'

/** Stored readings of one series, oldest first as the API gives them. Times are ms since the epoch. */
export interface StoredRow {
  readonly time: number
  readonly value: unknown
}

const page = z.object({
  t: z.array(z.string()),
  value: z.array(z.unknown()),
  cursor: z.string().nullish()
})

export interface ReadingsClientProps {
  readonly http: string
  readonly token: string
  readonly limit: number
  /** ms since the epoch. */
  readonly from: number
  readonly to: number
  readonly signal?: AbortSignal
}

/** Busy answers (429, 503) are asked again this often, with growing pauses of 0.1 to 3.2 s. */
const busyRetries = 6

/** Reads stored rows through `GET /api/v1/readings`. */
export class ReadingsClient {
  readonly #props: ReadingsClientProps

  constructor(props: ReadingsClientProps) {
    this.#props = props
  }

  /** All rows of a series, page by page. @throws SenError SEN_CONNECTOR_FAILED for any other answer. */
  async *rows(device: string, metric: string): AsyncGenerator<readonly StoredRow[]> {
    const { http, limit, from, to } = this.#props
    const query = new URLSearchParams({
      device,
      metric,
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      limit: String(limit)
    })
    for (;;) {
      const address = `${http.replace(/\/$/, '')}/api/v1/readings?${query}`
      const { t, value, cursor } = await this.#page(address)
      if (t.length !== value.length)
        throw new SenError('SEN_CONNECTOR_FAILED', `read ${address}: ${t.length} times and ${value.length} values`)
      yield t.map((text, i) => ({ time: Date.parse(text), value: value[i] }))
      if (typeof cursor !== 'string' || cursor === '') return
      if (query.get('cursor') === cursor)
        throw new SenError('SEN_CONNECTOR_FAILED', `read ${address}: the cursor does not move`)
      query.set('cursor', cursor)
    }
  }

  async #page(address: string): Promise<z.infer<typeof page>> {
    for (let attempt = 0; ; attempt++) {
      const { token, signal } = this.#props
      const response = await fetch(address, {
        headers: { authorization: `Bearer ${token}` },
        ...(signal && { signal })
      })
      if ((response.status === 429 || response.status === 503) && attempt < busyRetries) {
        await response.body?.cancel()
        await pause(100 * 2 ** attempt)
        continue
      }
      const body = await response.text()
      if (response.status !== 200)
        throw new SenError('SEN_CONNECTOR_FAILED', `read ${address}: HTTP ${response.status} ${body.slice(0, 300)}`)
      return parsed(address, body)
    }
  }
}

function parsed(address: string, body: string): z.infer<typeof page> {
  try {
    return page.parse(JSON.parse(body))
  } catch (cause) {
    throw new SenError('SEN_CONNECTOR_FAILED', `read ${address}: no rows but ${body.slice(0, 300)}`, { cause })
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise<void>(resolve => setTimeout(resolve, ms))
}
