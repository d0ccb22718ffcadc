import type { FixtureAnswer, FixtureCall } from './fixture-access.ts'

const hourMs = 3_600_000
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString()

/** Connections as a server has them: one that stands, one that cannot, a webhook, and somebody who floods. */
export class FixtureConnections {
  readonly #items: Record<string, unknown>[] = [
    {
      ...{ name: 'trai-bac', type: 'mqtt', organisation: 'root', state: 'connected', since: ago(30 * hourMs) },
      ...{ isPaused: false, broker: 'mqtts://mqtt.example.vn:8883', topics: ['farm/{site}/{device}/data'] },
      ...{
        lastMessageAt: ago(3 * hourMs),
        usualEveryMs: 120_000,
        isSilent: true,
        received: 12_408,
        refused: 0,
        dropped: 3
      },
      certificate: { subject: 'mqtt.example.vn', issuer: 'Example CA', expiresAt: ago(-200 * hourMs) },
      certificateWarning: 'The certificate of mqtt.example.vn ends in 8 days: its operator must renew it.'
    },
    {
      ...{ name: 'chirpstack', type: 'chirpstack', organisation: 'root', state: 'failed', since: ago(hourMs) },
      ...{ isPaused: false, broker: 'mqtt://10.0.0.5:1883', nextTryAt: ago(-30_000), received: 0, refused: 0 },
      ...{
        lastError: 'connect chirpstack mqtt://10.0.0.5:1883: connect ECONNREFUSED 10.0.0.5:1883',
        lastErrorAt: ago(9)
      }
    }
  ]

  answer({ method, path, body }: FixtureCall): FixtureAnswer | undefined {
    if (path === 'ingest/offenders') return { status: 200, body: { items: offenders, cursor: null } }
    const [, name, part] = path.split('/')
    if (name === 'trial') return { status: 200, body: trial }
    if (method === 'GET') return { status: 200, body: { items: this.#items, cursor: null } }
    if (part === 'credentials') return { status: 201, body: secret }
    const index = this.#items.findIndex(one => one['name'] === name)
    if (method === 'DELETE') {
      this.#items.splice(index, 1)
      return { status: 204 }
    }
    if (method === 'PATCH') {
      const { isPaused } = body
      Object.assign(this.#items[index] ?? {}, { isPaused, state: isPaused === true ? 'paused' : 'connecting' })
      return { status: 200, body: this.#items[index] }
    }
    const state = body['type'] === 'webhook' ? 'open' : 'connecting'
    this.#items.push({ ...body, url: undefined, organisation: 'root', state, since: ago(0), isPaused: false })
    return { status: 201, body: body['type'] === 'webhook' ? secret : { name: body['name'] } }
  }
}

const secret = { url: 'https://sen.example.vn/api/v1/ingest/webhook/ngoai', token: 'q3J1b3Zl0mJpbWF0MTIz' }
const offenders = [
  {
    holder: 'connector:trai-nam',
    rule: 'rate',
    since: ago(hourMs),
    lastAt: ago(60_000),
    slowed: 0,
    turnedAway: 182_004
  }
]
const trial = {
  samples: [{ device: 'a1', isRegistered: false, time: null, readings: [{ metric: 'air_temperature', value: 23.5 }] }],
  problem: null
}
