import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFile, readdir, readlink } from 'node:fs/promises'
import { Agent, get } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createServer as createTlsServer } from 'node:tls'
import type { AddressInfo } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { connectAsync } from 'mqtt'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { TestCertificates } from '../../server/tls/certificate.fixture.ts'
import { issueServer } from '../../server/tls/issue.ts'
import { SenProcess } from '../sen-process.ts'
import { ask, shakeHands } from './client.ts'

/* Fault rows X9 and X11 (addresses): what a client that checks accepts, and what the doors refuse. */
let sen: SenProcess | undefined
let files: TestCertificates

beforeAll(async () => {
  files = await TestCertificates.create()
})

afterAll(async () => {
  await files.remove()
})

afterEach(async () => {
  await sen?.remove()
  sen = undefined
})

/** Starts `serve` with the doors of the operator's certificate, or with what is given. */
async function start(environment: Readonly<Record<string, string>> = files.settings, ...options: readonly string[]) {
  sen = await SenProcess.create({
    command: ['serve', ...options],
    environment: { SEN_HTTPS_PORT: '0', SEN_MQTTS_PORT: '0', ...environment }
  })
  const ready = await sen.start()
  const portOf = (url: string | undefined) => Number(new URL(url ?? '').port)
  return {
    sen,
    ready,
    doors: [portOf(ready.https), portOf(ready.mqtts)] as const,
    https: `https://localhost:${portOf(ready.https)}`
  }
}

const refusal = (port: number, options: ConnectionOptions) =>
  shakeHands(port, options).then(
    socket => {
      socket.destroy()
      return 'accepted'
    },
    (error: unknown) => {
      const { code, message } = error as NodeJS.ErrnoException
      return code === undefined || code === 'UNSPECIFIED' ? message : code
    }
  )

/** @returns the fingerprint of the certificate that a new connection gets. */
async function served(port: number, ca: string): Promise<string> {
  const socket = await shakeHands(port, { ca })
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256
}

describe('the TLS doors', { timeout: 60_000 }, () => {
  it('speak TLS 1.2 and 1.3 with forward secrecy, and nothing older or weaker', async () => {
    await files.place(await files.issue())
    const { doors } = await start()
    const trust = { ca: files.authority.cert }
    const weak = { ...trust, maxVersion: 'TLSv1.2' } as const
    for (const port of doors) {
      for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
        expect(await refusal(port, { ...trust, minVersion: version, maxVersion: version })).toBe('accepted')
      for (const version of ['TLSv1', 'TLSv1.1'] as const) {
        const old = { ...trust, minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' }
        expect([version, await refusal(port, old)]).toEqual([version, 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'])
      }
      for (const ciphers of [
        'ECDHE-ECDSA-AES128-SHA',
        'ECDHE-ECDSA-AES256-SHA384',
        'AES128-GCM-SHA256',
        'ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0'
      ])
        expect([ciphers, await refusal(port, { ...weak, ciphers })]).toEqual([
          ciphers,
          expect.stringMatching(/HANDSHAKE_FAILURE/)
        ])
    }
  })

  it('are known by a client that trusts their authority, for their own name and to nobody else', async () => {
    await files.place(await files.issue())
    const { doors } = await start()
    const stranger = await TestCertificates.create()
    for (const port of doors) {
      expect(await refusal(port, { ca: files.authority.cert })).toBe('accepted')
      expect(await refusal(port, {})).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
      expect(await refusal(port, { ca: stranger.authority.cert })).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
      expect(await refusal(port, { ca: files.authority.cert, servername: 'other.lan' })).toBe(
        'ERR_TLS_CERT_ALTNAME_INVALID'
      )
    }
    await stranger.remove()
  })

  it.each([
    ['expired', -1, 'CERT_HAS_EXPIRED', (s: number) => s < 0],
    ['not valid yet', 500, 'CERT_NOT_YET_VALID', (s: number) => s > 0]
  ])(
    'open with a certificate that is %s, which the log calls an error and clients refuse',
    async (_, daysLeft, code, fits) => {
      await files.place(await files.issue('localhost', daysLeft))
      const { sen, doors, ready } = await start()
      for (const port of doors) expect(await refusal(port, { ca: files.authority.cert })).toBe(code)
      expect(sen.output).toMatch(/"level":50.*TLS certificate is not valid now/)

      const headers = { authorization: `Bearer ${await sen.sen('token', '--role', 'administrator')}` }
      const readyz = await fetch(`${ready.http}/readyz`, { headers })
      expect([readyz.status, await readyz.json()]).toMatchObject([
        200,
        { status: 'ready', reasons: [], warnings: [{ reason: 'tls-certificate' }] }
      ])
      const metrics = await (await fetch(`${ready.http}/metrics`, { headers })).text()
      expect(fits(Number(/^sen_tls_certificate_expires_seconds (\S+)$/m.exec(metrics)?.[1]))).toBe(true)
    }
  )

  it('take up a certificate that is replaced on disk, at SIGHUP, without dropping anybody', async () => {
    const [first, second, unfit] = [await files.issue(), await files.issue(), await files.issue()]
    await files.place(first)
    const { sen, ready, doors, https } = await start()
    const ca = files.authority.cert
    const printOf = ({ cert }: { readonly cert: string }) => new X509Certificate(cert).fingerprint256
    await sen.sen('site', 'add', 's')
    const [username = '', password = ''] = (await sen.sen('site', 'credential', 's')).split('\t')
    const client = await connectAsync(ready.mqtts ?? '', {
      ca,
      servername: 'localhost',
      username,
      password,
      reconnectPeriod: 0
    })
    let drops = 0
    client.on('close', () => drops++)
    const agent = new Agent({ ca, keepAlive: true, maxSockets: 1 })
    const socketOf = async () => {
      const [answer] = (await once(get(`${https}/healthz`, { agent }), 'response')) as [IncomingMessage]
      answer.resume()
      await once(answer, 'end')
      return answer.socket
    }
    const before = await socketOf()
    for (const port of doors) expect(await served(port, ca)).toBe(printOf(first))

    await files.place(second)
    sen.reload()
    for (const port of doors) while ((await served(port, ca)) !== printOf(second)) await delay(20)
    await client.publishAsync('site/s/d/telemetry', '{"air_temperature":1}', { qos: 1 })
    expect(await socketOf()).toBe(before)

    // A certificate whose key has not come yet: that of before stays.
    await files.place({ cert: unfit.cert })
    sen.reload()
    while (!sen.output.includes('TLS certificate was not renewed')) await delay(20)
    for (const port of doors) expect(await served(port, ca)).toBe(printOf(second))
    await client.publishAsync('site/s/d/telemetry', '{"air_temperature":2}', { qos: 1 })
    expect(await socketOf()).toBe(before)
    expect(drops).toBe(0)
    await client.endAsync()
    agent.destroy()
  })

  it('carry MQTT over WebSocket too', async () => {
    await files.place(await files.issue())
    const { sen, ready } = await start()
    await sen.sen('site', 'add', 's')
    const [username = '', password = ''] = (await sen.sen('site', 'credential', 's')).split('\t')
    const url = (ready.mqttWss ?? '').replace('127.0.0.1', 'localhost')
    const client = await connectAsync(url, { username, password, wsOptions: { ca: files.authority.cert } })
    await client.publishAsync('site/s/d/telemetry', '{"air_temperature":1}', { qos: 1 })
    await client.endAsync()
  })

  it('close on who begins and does not go on, like the plain ones', { timeout: 60_000 }, async () => {
    await files.place(await files.issue())
    const { doors } = await start()
    const socket = await shakeHands(doors[0], { ca: files.authority.cert })
    socket.on('error', () => undefined)
    socket.write('GET /healthz HTTP/1.1\r\nHost: local')
    socket.resume()
    await once(socket, 'close')
  })
})

describe('settings that do not fit', { timeout: 60_000 }, () => {
  it.each([
    [
      'HTTPS without a certificate',
      {},
      [],
      'SEN_HTTPS_PORT=0: SEN_TLS_CERT and SEN_TLS_KEY must be given too, or --trial-ca'
    ],
    [
      'a certificate and a trial authority',
      { SEN_TLS_CERT: '/a', SEN_TLS_KEY: '/b' },
      ['--trial-ca'],
      'SEN_TLS_CERT="/a": give this or --trial-ca, not both'
    ],
    [
      'a certificate that is not there',
      { SEN_TLS_CERT: '/a', SEN_TLS_KEY: '/b' },
      [],
      'SEN_TLS_CERT=/a: the file cannot be read'
    ]
  ])('are named: %s', async (_, environment, options, words) => {
    sen = await SenProcess.create({
      command: ['serve', ...options],
      environment: { SEN_HTTPS_PORT: '0', ...environment }
    })
    sen.begin()
    expect((await sen.ended()).code).toBe(78)
    expect(sen.output).toContain(words)
  })
})

describe('the trial authority', { timeout: 120_000 }, () => {
  it('is accepted by a client that trusts it alone, for this server and for no other name', async () => {
    const { sen, ready, doors } = await start({}, '--trial-ca')
    const der = Buffer.from(await (await fetch(`${ready.http}/trial-ca/sen-ca.crt`)).arrayBuffer())
    const authority = new X509Certificate(der)
    expect(authority.fingerprint256).toBe(ready.trialFingerprint)
    const ca = authority.toString()
    for (const port of doors) {
      for (const servername of ['localhost', '']) expect(await refusal(port, { ca, servername })).toBe('accepted')
      expect(await refusal(port, { ca, servername: 'bank.example' })).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
    }

    // Who has stolen its key can pose as nobody outside: name constraints.
    const text = await readFile(join(sen.folder, 'trial-ca', 'authority.pem'), 'utf8')
    const stolen = { cert: ca, key: text.slice(text.indexOf('-----BEGIN PRIVATE KEY')) }
    const impostor = createTlsServer(await issueServer(stolen, ['bank.example'], Date.now()))
    impostor.on('tlsClientError', () => undefined)
    impostor.listen(0, '127.0.0.1')
    await once(impostor, 'listening')
    const { port } = impostor.address() as AddressInfo
    expect(await refusal(port, { ca, servername: 'bank.example' })).toBe('permitted subtree violation')
    impostor.close()

    const { root, leaf } = { root: ready.trialFingerprint, leaf: await served(doors[0], ca) }
    await sen.stop()
    const again = await sen.start()
    expect(again.trialFingerprint).toBe(root)
    expect(await served(Number(new URL(again.https ?? '').port), ca)).toBe(leaf)
  })

  it('is offered by a page over plain HTTP, to which the console leads there', async () => {
    const { ready, https } = await start({}, '--trial-ca')
    const at = (path: string) => fetch(`${ready.http}${path}`, { redirect: 'manual' })
    for (const path of ['/', '/api/docs']) {
      const { status, headers } = await at(path)
      expect([path, status, headers.get('location')]).toEqual([path, 307, '/trial-ca'])
    }
    const page = await (await at('/trial-ca')).text()
    expect(page.indexOf('lang="vi"')).toBeLessThan(page.indexOf('lang="en"'))
    expect(page).toContain(ready.trialFingerprint)
    expect(page).toContain('<svg')
    expect(page).not.toMatch(/<script|<style|style=/)
    const certificate = await at('/trial-ca/sen-ca.crt')
    expect(certificate.headers.get('content-type')).toBe('application/x-x509-ca-cert')
    const ca = new X509Certificate(Buffer.from(await certificate.arrayBuffer())).toString()
    const console = await ask(`${https}/`, { ca })
    expect([console.status, console.headers['strict-transport-security']]).toEqual([200, undefined])
    expect((await at('/healthz')).status).toBe(200)
  })
})

describe('a first start without any setting', () => {
  it('is reached from this machine only', { timeout: 60_000 }, async () => {
    sen = await SenProcess.create({ environment: { SEN_HTTP_PORT: '0', SEN_MQTT_PORT: '' } })
    const { http, mqtt, https, mqtts, pid } = await sen.start()
    expect([new URL(http).hostname, mqtt, https, mqtts]).toEqual(['127.0.0.1', undefined, undefined, undefined])
    expect(await listeningAddresses(pid)).toEqual(['0100007F'])
  })
})

/** @returns the addresses on which a process listens, as `/proc` writes them. */
async function listeningAddresses(pid: number): Promise<readonly string[]> {
  const handles = await readdir(`/proc/${pid}/fd`)
  const links = await Promise.all(handles.map(handle => readlink(`/proc/${pid}/fd/${handle}`).catch(() => '')))
  const own = new Set(links.flatMap(link => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
  const tables = await Promise.all(['tcp', 'tcp6'].map(table => readFile(`/proc/${pid}/net/${table}`, 'utf8')))
  return tables.flatMap(table =>
    table
      .split('\n')
      .slice(1)
      .map(line => line.trim().split(/\s+/))
      .filter(fields => fields[3] === '0A' && own.has(fields[9] ?? ''))
      .map(fields => fields[1]?.split(':')[0] ?? '')
  )
}
