import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ContentSen } from './content-sen.ts'

/* Numbers at the edge of what a double can hold, through every door: exact, or refused and counted; never NaN, never rounded. */
let sen: ContentSen
const dragino = 'a84041ffff1c2d01'

beforeAll(async () => {
  sen = await ContentSen.start({ mqtt: 'json-weather', http: 'json-weather', [dragino]: 'dragino-lse01' })
}, 60_000)

afterAll(() => sen.remove())

/** JSON text of the number → what is stored, or why it is refused. */
const numbers: readonly (readonly [text: string, stored: number | undefined, reason?: string])[] = [
  ['0', 0],
  ['-0', 0],
  ['-0.0', 0],
  ['1e-400', 0],
  ['-1e-400', 0],
  ['5e-324', 5e-324],
  ['0.1', 0.1],
  ['1.7976931348623157e15', 1.7976931348623157e15],
  ['9007199254740991', 9_007_199_254_740_991],
  ['-9007199254740991', -9_007_199_254_740_991],
  ['"24.59"', 24.59],
  ['"1e3"', 1000],
  ['9007199254740992', undefined, 'beyond-2^53'],
  ['9007199254740993', undefined, 'beyond-2^53'],
  ['-9007199254740993', undefined, 'beyond-2^53'],
  ['"9007199254740993"', undefined, 'beyond-2^53'],
  ['1e308', undefined, 'beyond-2^53'],
  ['1e400', undefined, 'not-finite'],
  ['-1e400', undefined, 'not-finite'],
  ['"1e400"', undefined, 'not-finite'],
  ['9'.repeat(400), undefined, 'not-finite'],
  [`"${'9'.repeat(400)}"`, undefined, 'not-finite'],
  ['"NaN"', undefined, 'not-a-number'],
  ['"Infinity"', undefined, 'not-a-number'],
  ['"12,5"', undefined, 'not-a-number'],
  ['"0x10"', undefined, 'not-a-number'],
  ['"0b1"', undefined, 'not-a-number'],
  ['"1_000"', undefined, 'not-a-number'],
  ['""', undefined, 'not-a-number'],
  ['true', undefined, 'not-a-number'],
  ['false', undefined, 'not-a-number'],
  ['[1]', undefined, 'not-a-number'],
  ['{"value":1}', undefined, 'not-a-number']
]
/** What JSON has no word for. */
const noJson = ['NaN', 'Infinity', '-Infinity', '0x10', '+1', '.5', '1.', '01', '1e', '12,5']

const doors = [
  ['MQTT', 'mqtt', (payload: string) => sen.publish('mqtt', payload)],
  ['HTTP', 'http', async (payload: string) => expect((await sen.post('http', payload)).status).toBe(202)]
] as const

describe.each(doors)('a number that comes by %s', { timeout: 60_000 }, (_title, device, send) => {
  it('is stored exactly, or refused by name and counted', async () => {
    const before = await sen.accounts()
    for (const [text] of numbers) await send(`{"ph":${text}}`)
    const { messages, readings } = await sen.accounts()
    const kept = numbers.flatMap(([, stored]) => stored ?? [])
    const refused = numbers.filter(([, stored]) => stored === undefined)

    const rows = await sen.rows(device, 'ph')
    expect(rows.value).toEqual(kept)
    for (const value of rows.value) expect(Number.isFinite(value)).toBe(true)
    expect(messages.stored - before.messages.stored).toBe(kept.length)
    expect(messages.quarantined - before.messages.quarantined).toBe(refused.length)
    expect(readings.refused - before.readings.refused).toBe(refused.length)
    const told = (await sen.quarantine(messages.quarantined)).slice(0, refused.length).reverse()
    expect(told.map(({ reason, detail }) => [reason, detail])).toEqual(
      refused.map(([, , reason]) => ['value-invalid', `ph: ${reason}`])
    )
  })

  it('that JSON has no word for is set aside as no JSON', async () => {
    for (const text of noJson) await send(`{"ph":${text}}`)
    const { messages } = await sen.accounts()
    const told = await sen.quarantine(messages.quarantined)
    expect(told.slice(0, noJson.length).map(({ reason }) => reason)).toEqual(noJson.map(() => 'json-invalid'))
  })

  it('is absent where it is null, and its neighbours are stored', async () => {
    await send('{"ph":null,"turbidity":3,"salinity":1e400}')
    const { readings } = await sen.accounts()
    expect((await sen.rows(device, 'turbidity')).value).toEqual([3])
    expect((await sen.rows(device, 'salinity')).value).toEqual([])
    expect(readings.decoded).toBe(readings.stored + readings.duplicate + readings.superseded + readings.refused)
  })

  it('is no text where it may have been rounded', async () => {
    await send('{"firmware":1.4}')
    await send('{"firmware":9007199254740993,"ph":7}')
    await sen.accounts()
    expect((await sen.rows(device, 'firmware')).value).toEqual(['1.4'])
  })
})

describe('a number beside a LoRaWAN frame', { timeout: 60_000 }, () => {
  it('is refused alone where no receiver can have measured it; an infinite one spoils its event', async () => {
    const login = (await sen.process.sen('connector', 'add', 'chirpstack', 'cs')).split('\t')
    const authorization = `Basic ${Buffer.from(login.join(':')).toString('base64')}`
    const event = (fCnt: string, rssi: string) =>
      `{"deviceInfo":{"devEui":"${dragino}"},"devAddr":"01a2b3c4","fCnt":${fCnt},"fPort":2,"data":"zikA8QelCZtuKJA=","rxInfo":[{"rssi":${rssi},"snr":-0}]}`
    const send = async (fCnt: string, rssi: string) => {
      const answer = await fetch(`${sen.http}/api/v1/ingest/chirpstack?event=up`, {
        method: 'POST',
        headers: { authorization },
        body: event(fCnt, rssi)
      })
      expect(answer.status).toBe(202)
    }
    const before = await sen.accounts()
    await send('1', '-97')
    await send('2', '1e300')
    await send('3', '1e400')
    await send('"0x10"', '-97')
    await send('9007199254740993', '-97')
    const { messages, readings } = await sen.accounts()
    expect((await sen.rows(dragino, 'rssi')).value).toEqual([-97])
    expect((await sen.rows(dragino, 'snr')).value).toEqual([0, 0])
    expect(messages.stored - before.messages.stored).toBe(2)
    expect(readings.refused - before.readings.refused).toBe(1)
    const told = await sen.quarantine(messages.quarantined)
    expect(told.slice(0, 3).map(({ reason }) => reason)).toEqual(Array(3).fill('event-invalid'))
  })
})
