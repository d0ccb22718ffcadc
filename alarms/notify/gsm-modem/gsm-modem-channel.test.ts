import { afterEach, describe, expect, it, vi } from 'vitest'
import { never, testNotice, testTools } from '../channel.fixture.ts'
import type { ChannelTools, DeliveryReport, Reply } from '../channel.ts'
import { GsmModemChannel } from './gsm-modem-channel.ts'
import { deliverPdu, modemAtTcp, reportPdu, TestModem } from './modem.fixture.ts'
import type { ModemBehaviour } from './modem.fixture.ts'
import { gsmModemSecrets, gsmModemSettings } from './settings.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})
const patience = { timeout: 5000, interval: 5 }

async function opened(
  behaviour: ModemBehaviour = {},
  settings: object = {},
  secrets: object = {},
  tools: Partial<ChannelTools> = {}
) {
  const modem = new TestModem(behaviour)
  const { port, close } = await modemAtTcp(modem)
  const channel = new GsmModemChannel({
    settings: gsmModemSettings.parse({ port, ...settings }),
    secrets: gsmModemSecrets.parse(secrets),
    tools: testTools(tools)
  })
  closers.push(() => channel.stop(), close)
  return { modem, channel }
}

describe('an SMS by modem', () => {
  it('leaves in one part, with a request for its status', async () => {
    const { modem, channel } = await opened()

    expect(await channel.send(testNotice(), never)).toEqual({ ok: true, reference: 'k-1f0c9a', detail: '+CMGS 41' })
    expect(modem.commands).toEqual([
      ...['ATE0', 'AT+CPIN?', 'AT+CREG?', 'AT+CMGF=0', 'AT+CNMI=2,2,0,1,0', expect.stringMatching(/^AT\+CMGS=\d+$/)]
    ])
    expect(modem.pdus).toEqual([expect.stringMatching(/^0031000B914889674523F100000B/)])
  })

  it('is reached once the network has reported every part', async () => {
    const reports: DeliveryReport[] = []
    const { modem, channel } = await opened(
      {},
      { isUnicode: true },
      {},
      { onReport: report => void reports.push(report) }
    )

    await channel.send(testNotice(), never)
    expect(modem.pdus.length).toBeGreaterThan(1)
    for (let part = 0; part < modem.pdus.length; part++) {
      expect(reports).toEqual([])
      modem.says(`+CDS: 25\r\n${reportPdu(41 + part, '30')}`)
      modem.says(`+CDS: 25\r\n${reportPdu(41 + part, '00')}`)
    }

    await vi.waitFor(
      () => expect(reports).toEqual([{ reference: 'k-1f0c9a', state: 'reached', detail: 'status report' }]),
      patience
    )
  })

  it('has failed when the network gave up', async () => {
    const reports: DeliveryReport[] = []
    const { modem, channel } = await opened({}, {}, {}, { onReport: report => void reports.push(report) })

    await channel.send(testNotice(), never)
    modem.says(`+CDS: 25\r\n${reportPdu(99, '00')}`)
    modem.says(`+CDS: 25\r\n${reportPdu(41, '46')}`)

    await vi.waitFor(() => expect(reports).toMatchObject([{ reference: 'k-1f0c9a', state: 'failed' }]), patience)
  })

  it('hears what people answer, between its own answers', async () => {
    const replies: Reply[] = []
    const { modem, channel } = await opened({}, {}, {}, { onReply: reply => void replies.push(reply) })

    await channel.send(testNotice(), never)
    modem.says(`RING\r\n+CMT: ,30\r\n${deliverPdu('+84987654321', '4821', false)}`)

    await vi.waitFor(() => expect(replies).toEqual([{ from: '+84987654321', text: '4821' }]), patience)
  })

  it('leaves one by one, however many are sent at once', async () => {
    const { modem, channel } = await opened()

    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => channel.send(testNotice({}, { key: `k-${n}` }), never))
    )

    expect(outcomes.map(({ detail }) => detail)).toEqual(outcomes.map((_, n) => `+CMGS ${41 + n}`))
    expect(modem.commands.filter(command => command === 'ATE0')).toHaveLength(1)
  })

  it.each([
    ['+CMS ERROR: 1', 'recipient'],
    ['+CMS ERROR: 21', 'channel'],
    ['+CMS ERROR: 310', 'channel'],
    ['+CMS ERROR: 38', 'unavailable'],
    ['+CMS ERROR: 331', 'unavailable'],
    ['ERROR', 'unavailable']
  ])('%s is %s, and the next message leaves all the same', async (cmgs, refusal) => {
    const { modem, channel } = await opened({ cmgs })

    expect(await channel.send(testNotice(), never)).toEqual({ ok: false, refusal, detail: cmgs })
    modem.behaviour = {}
    expect(await channel.send(testNotice(), never)).toMatchObject({ ok: true })
  })

  it.each<readonly [string, Record<string, string>, object]>([
    [
      'asks for a PIN that nobody gave',
      { 'AT+CPIN?': '+CPIN: SIM PIN' },
      { refusal: 'channel', detail: 'the SIM card asks for its PIN' }
    ],
    ['is not there', { 'AT+CPIN?': '+CME ERROR: 310' }, { refusal: 'channel' }],
    [
      'is not let into the network',
      { 'AT+CREG?': '+CREG: 0,3' },
      { refusal: 'unavailable', detail: 'no network: +CREG: 0,3' }
    ]
  ])('does not leave while the card %s', async (_, answers, outcome) => {
    const { modem, channel } = await opened({ answers })

    expect(await channel.send(testNotice(), never)).toMatchObject({ ok: false, ...outcome })
    expect(modem.pdus).toEqual([])
  })

  it('never tries a wrong PIN twice, and never shows it', async () => {
    const answers = { 'AT+CPIN?': '+CPIN: SIM PIN', 'AT+CPIN=4711': '+CME ERROR: 16' }
    const { modem, channel } = await opened({ answers }, {}, { pin: '4711' })

    const outcomes = [await channel.send(testNotice(), never), await channel.send(testNotice(), never)]

    expect(outcomes).toMatchObject([{ refusal: 'channel' }, { refusal: 'channel' }])
    expect(JSON.stringify(outcomes)).not.toContain('4711')
    expect(modem.commands.filter(command => command.startsWith('AT+CPIN='))).toHaveLength(1)
  })

  it('begins anew after the plug was pulled, and ends when it is told to while the modem says nothing', async () => {
    const { modem, channel } = await opened()
    await channel.send(testNotice(), never)
    modem.unplug()
    await vi.waitFor(async () => expect(await channel.send(testNotice(), never)).toMatchObject({ ok: true }), patience)

    const { channel: mute } = await opened({ isMute: true })
    expect(await mute.send(testNotice(), AbortSignal.timeout(30))).toEqual({
      ...{ ok: false, refusal: 'unavailable', detail: 'no answer in time' }
    })
  })

  it('is used by one channel at a time', async () => {
    const modem = new TestModem()
    const { port, close } = await modemAtTcp(modem)
    const [first, second] = [1, 2].map(
      () => new GsmModemChannel({ settings: gsmModemSettings.parse({ port }), secrets: {}, tools: testTools() })
    )
    closers.push(() => second?.stop(), close)

    expect(await first?.send(testNotice(), never)).toMatchObject({ ok: true })
    expect(await second?.send(testNotice(), never)).toEqual({
      ...{ ok: false, refusal: 'unavailable', detail: 'the port is in use by another channel' }
    })
    await first?.stop()
    await vi.waitFor(async () => expect(await second?.send(testNotice(), never)).toMatchObject({ ok: true }), patience)
  })

  it('says how well the network is heard', async () => {
    const { modem, channel } = await opened()

    expect(await channel.check(never)).toEqual({ ok: true, detail: '-79 dBm' })
    modem.behaviour = { answers: { 'AT+CSQ': '+CSQ: 99,99' } }
    expect(await channel.check(never)).toEqual({ ok: false, detail: 'no signal' })
  })

  it('reaches no modem of the own network that was not named, and opens nothing but serial ports', async () => {
    const settings = gsmModemSettings.parse({ port: 'tcp://127.0.0.1:9' })
    const channel = new GsmModemChannel({ settings, secrets: {}, tools: testTools({ reachable: [] }) })

    expect(await channel.send(testNotice(), never)).toMatchObject({ ok: false, refusal: 'channel' })
    for (const port of [
      '/dev/sda',
      '/etc/passwd',
      '/dev/../etc/passwd',
      '/dev/ttyUSB0;reboot',
      '/dev/pts/1',
      'http://x',
      '/dev/tty'
    ]) {
      expect(gsmModemSettings.safeParse({ port }).success).toBe(false)
    }
  })
})
