import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { TestCertificates } from '../../../server/tls/certificate.fixture.ts'
import { floodFacts } from '../../text/facts.fixture.ts'
import { never, testNotice, testTools } from '../channel.fixture.ts'
import { EmailChannel } from './email-channel.ts'
import { emailSettings } from './settings.ts'

const password = 'mat-khau-9'
let certificates: TestCertificates
let key = ''
let cert = ''
beforeAll(async () => {
  certificates = await TestCertificates.create()
  ;({ key, cert } = await certificates.issue('localhost'))
})
afterAll(() => certificates.remove())

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

interface Behaviour {
  readonly rcpt?: readonly [code: number, text: string]
  readonly data?: readonly [code: number, text: string]
  /** TLS from the first byte. */
  readonly isSecure?: boolean
}

/** A real mail server with STARTTLS and login. */
async function mailServer({ rcpt, data, isSecure = false }: Behaviour = {}) {
  const mails: { from: string; to: string; secure: boolean; text: string }[] = []
  const refusal = ([responseCode, text]: readonly [number, string]) => Object.assign(new Error(text), { responseCode })
  const server = new SMTPServer({
    ...{ key, cert, secure: isSecure, authMethods: ['PLAIN', 'LOGIN'], disableReverseLookup: true, logger: false },
    onAuth: ({ username, password: given }, _, done) =>
      given === password ? done(null, { user: username ?? '' }) : done(refusal([535, `wrong password ${given}`])),
    onRcptTo: (_, __, done) => done(rcpt ? refusal(rcpt) : null),
    onData: (stream, session, done) => {
      let text = ''
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        mails.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo[0]?.address ?? '',
          secure: session.secure,
          text
        })
        done(data ? refusal(data) : null)
      })
    }
  })
  server.on('error', () => {})
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()))
  closers.push(() => new Promise<void>(resolve => server.close(() => resolve())))
  return { port: (server.server.address() as AddressInfo).port, mails }
}

function channelTo(port: number, change: object = {}, given = password): EmailChannel {
  const settings = emailSettings.parse({
    ...{ host: 'localhost', port, user: 'sen', from: 'sen@example.vn', ca: certificates.authority.cert, ...change }
  })
  const channel = new EmailChannel({ settings, secrets: { password: given }, tools: testTools() })
  closers.unshift(() => channel.stop())
  return channel
}

/** @returns the decoded header, unfolded. */
function header(mail: string | undefined, name: string): string {
  const [, value = ''] = new RegExp(`^${name}: (.*(?:\r\n[ \t].*)*)`, 'im').exec(mail?.split('\r\n\r\n')[0] ?? '') ?? []
  return value
    .replace(/\r\n[ \t]+/g, ' ')
    .replace(/\?= =\?/g, '?==?')
    .replace(/=\?UTF-8\?([BQ])\?([^?]*)\?=/gi, (_, kind, text) =>
      kind.toUpperCase() === 'B' ? Buffer.from(text, 'base64').toString() : fromQuoted(text.replaceAll('_', ' '))
    )
}
const fromQuoted = (text: string): string =>
  Buffer.from(
    text.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))),
    'latin1'
  ).toString()

describe('a mail', () => {
  it('leaves over STARTTLS after login, text first, in a thread of its alarm, marked as written by a machine', async () => {
    const { port, mails } = await mailServer()
    const channel = channelTo(port, { unsubscribe: 'mailto:sen@example.vn?subject=stop' })

    expect(await channel.send(testNotice(), never)).toMatchObject({ ok: true, detail: expect.stringMatching(/^250 /) })
    await channel.send(testNotice({}, { key: 'k-2' }), never)

    const [first, second] = mails
    expect(first).toMatchObject({ from: 'sen@example.vn', to: 'bao@example.vn', secure: true })
    expect(header(first?.text, 'Subject')).toBe('Cảnh báo kỹ thuật tăng mức: Báo động II, Trạm Nam Đàn')
    expect(header(first?.text, 'To')).toBe('Nguyễn Văn Bảo <bao@example.vn>')
    expect(header(first?.text, 'Auto-Submitted')).toBe('auto-generated')
    expect(header(first?.text, 'List-Unsubscribe')).toBe('<mailto:sen@example.vn?subject=stop>')
    expect([header(first?.text, 'Message-ID'), header(second?.text, 'Message-ID')]).toEqual([
      ...['<k-1f0c9a@sen.example.vn>', '<k-2@sen.example.vn>']
    ])
    expect([header(first?.text, 'References'), header(second?.text, 'References')]).toEqual([
      ...['<a-77b1@sen.example.vn>', '<a-77b1@sen.example.vn>']
    ])
    expect(first?.text.indexOf('text/plain')).toBeLessThan(first?.text.indexOf('text/html') ?? 0)
  })

  it('leaves over TLS from the first byte, and in clear only where that is the setting', async () => {
    const { port, mails } = await mailServer({ isSecure: true })
    expect(await channelTo(port, { security: 'tls' }).send(testNotice(), never)).toMatchObject({ ok: true })
    expect(await channelTo(port, { security: 'tls', ca: undefined }).send(testNotice(), never)).toMatchObject({
      ok: false
    })
    expect(mails).toMatchObject([{ secure: true }])
  })

  it('is the same mail at each try', async () => {
    const { port, mails } = await mailServer()
    const channel = channelTo(port)

    await channel.send(testNotice(), never)
    await channel.send(testNotice(), never)

    expect(new Set(mails.map(({ text }) => header(text, 'Message-ID'))).size).toBe(1)
  })

  it('keeps whatever people are called as text: no header, no recipient, no HTML comes of it', async () => {
    const { port, mails } = await mailServer()
    const name = 'Bảo\r\nBcc: thief@example.vn\r\n\r\n<script>alert(1)</script>", <other@example.vn>'
    const facts = floodFacts({
      subject: name,
      contact: { name, phone: '1' },
      advice: { vi: name },
      link: 'javascript:alert(1)'
    })

    await channelTo(port).send(testNotice({ name }, { facts }), never)

    const mail = mails[0]?.text ?? ''
    const [head = ''] = mail.split('\r\n\r\n')
    expect(head).not.toMatch(/^bcc:/im)
    const html = fromQuoted(mail.slice(mail.indexOf('text/html')))
    const decoded = /base64/i.test(html.split('\r\n\r\n')[0] ?? '')
      ? Buffer.from(html.split('\r\n\r\n')[1] ?? '', 'base64').toString()
      : html
    expect(decoded).toContain('&lt;script&gt;')
    expect(decoded).not.toContain('<script>')
    expect(decoded).not.toContain('href="javascript')
    const { port: refusing, mails: none } = await mailServer()
    const injected = testNotice({ email: 'a@b.vn>\r\nRCPT TO:<c@d.vn' })
    expect(await channelTo(refusing).send(injected, never)).toMatchObject({ ok: false, refusal: 'recipient' })
    expect(none).toEqual([])
  })
})

describe('what a mail server says', () => {
  it.each<readonly [string, Behaviour, object]>([
    [
      'no such person',
      { rcpt: [550, 'No such user'] },
      { refusal: 'recipient', detail: expect.stringMatching(/^550 /) }
    ],
    ['come again (greylisting)', { rcpt: [450, 'Greylisted'] }, { refusal: 'unavailable', retryAfterMs: 60_000 }],
    ['full for the moment', { data: [452, 'Insufficient storage'] }, { refusal: 'unavailable' }],
    ['not this content', { data: [554, 'Spam'] }, { refusal: 'channel', detail: expect.stringMatching(/^554 /) }]
  ])('%s', async (_, behaviour, outcome) => {
    const { port } = await mailServer(behaviour)

    expect(await channelTo(port).send(testNotice(), never)).toMatchObject({ ok: false, ...outcome })
  })

  it('wrong password: the channel is at fault, and the password is not shown though the server echoes it', async () => {
    const { port } = await mailServer()
    const channel = channelTo(port, {}, 'wrong-one-77')

    const outcome = await channel.send(testNotice(), never)

    expect(outcome).toMatchObject({ ok: false, refusal: 'channel', detail: expect.stringMatching(/^535 EAUTH/) })
    expect(JSON.stringify(outcome)).not.toContain('wrong-one-77')
    expect(await channel.check(never)).toMatchObject({ ok: false })
    expect(await channelTo(port).check(never)).toMatchObject({ ok: true })
  })

  it('nothing is sent in clear when the server knows no TLS, or shows a certificate of somebody else', async () => {
    const { port, mails } = await mailServer()

    const strange = await channelTo(port, { ca: undefined }).send(testNotice(), never)
    expect(strange).toMatchObject({ ok: false, detail: expect.stringMatching(/certificate|ESOCKET|ETLS/) })

    const plain = new SMTPServer({ disabledCommands: ['STARTTLS'], authOptional: true, disableReverseLookup: true })
    await new Promise<void>(resolve => plain.listen(0, '127.0.0.1', () => resolve()))
    closers.push(() => new Promise<void>(resolve => plain.close(() => resolve())))
    const { port: open } = plain.server.address() as AddressInfo
    expect(await channelTo(open).send(testNotice(), never)).toMatchObject({ ok: false, refusal: 'channel' })
    expect(mails).toEqual([])
  })

  it('nothing at all: the try ends when it is told to', async () => {
    const silent = createServer(() => {})
    await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
    closers.push(() => void silent.close())
    const { port } = silent.address() as AddressInfo

    const outcome = await channelTo(port).send(testNotice(), AbortSignal.timeout(50))

    expect(outcome).toEqual({ ok: false, refusal: 'unavailable', detail: 'no answer in time' })
    expect(await channelTo(1).send(testNotice(), never)).toMatchObject({ ok: false, refusal: 'unavailable' })
  })

  it('no server of the own network is asked unless it was named', async () => {
    const { port } = await mailServer()
    for (const host of ['127.0.0.1', 'localhost', '2130706433']) {
      const settings = emailSettings.parse({ host, port, from: 'sen@example.vn' })
      const channel = new EmailChannel({ settings, secrets: {}, tools: testTools({ reachable: [] }) })
      closers.unshift(() => channel.stop())

      expect(await channel.send(testNotice(), never)).toMatchObject({ ok: false, refusal: 'channel' })
    }
  })
})
