import { X509Certificate } from 'node:crypto'
import type { SecureContextOptions } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Log } from '../../model/log.ts'
import { Health } from '../health.ts'
import { TestCertificates } from './certificate.fixture.ts'
import { CertificateFiles } from './certificate-source.ts'
import { ServerCertificate } from './server-certificate.ts'

const dayMs = 86_400_000

let files: TestCertificates
let said: [keyof Log, string][]
let now: number
let health: Health
let opened: ServerCertificate | undefined

beforeAll(async () => {
  files = await TestCertificates.create()
})

afterAll(async () => {
  await files.remove()
})

beforeEach(() => {
  said = []
  now = Date.now()
  health = new Health()
})

afterEach(() => {
  opened?.stop()
})

const level = (name: keyof Log) => (_fields: object, message: string) => {
  said.push([name, message])
}

async function open(): Promise<ServerCertificate> {
  opened = await ServerCertificate.open({
    source: new CertificateFiles(files.paths),
    clock: { now: () => now },
    log: { debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') },
    health
  })
  return opened
}

describe('the certificate of the TLS doors', () => {
  it('is taken up anew when its files have changed, and only then', async () => {
    await files.place(await files.issue('first'))
    const certificate = await open()
    const renewed: SecureContextOptions[] = []
    certificate.onRenewed(context => renewed.push(context))

    expect(await certificate.renew()).toBe(false)
    const second = await files.issue('second')
    await files.place(second)
    expect(await certificate.renew()).toBe(true)
    expect(await certificate.renew()).toBe(false)
    expect(renewed).toEqual([expect.objectContaining(second)])
    expect(certificate.context).toMatchObject({ ...second, minVersion: 'TLSv1.2' })
    expect(said).toEqual([['info', 'TLS certificate renewed']])
  })

  it('stays in use while the files are wrong, which is logged once', async () => {
    const [first, second] = [await files.issue('first'), await files.issue('second')]
    await files.place(first)
    const certificate = await open()

    for (const wrong of [{ cert: second.cert }, { cert: 'no certificate' }]) {
      await files.place(wrong)
      said = []
      expect(await certificate.renew()).toBe(false)
      expect(await certificate.renew()).toBe(false)
      expect(said).toEqual([['error', 'TLS certificate was not renewed; the one before stays in use']])
      expect(certificate.context).toMatchObject(first)
    }

    // The key follows its certificate.
    await files.place(second)
    expect(await certificate.renew()).toBe(true)
  })

  it.each([
    ['has ended', -1],
    ['has not begun', 500]
  ])('stays in use when the new one %s', async (_, daysLeft) => {
    const good = await files.issue()
    await files.place(good)
    const certificate = await open()
    await files.place(await files.issue('localhost', daysLeft))
    expect(await certificate.renew()).toBe(false)
    expect(certificate.context).toMatchObject(good)
    expect(said).toEqual([['error', expect.stringContaining('was not renewed')]])
  })

  it('takes one that has not begun as soon as it has', async () => {
    await files.place(await files.issue())
    const certificate = await open()
    const next = await files.issue('localhost', 400)
    await files.place(next)
    expect(await certificate.renew()).toBe(false)
    now += 4 * dayMs
    expect(await certificate.renew()).toBe(true)
    expect(certificate.context).toMatchObject(next)
  })

  it.each([
    ['has ended', -1, 'expired'],
    ['has not begun', 500, 'not yet valid']
  ])('is used at the start even if it %s, which is an error in the log and a warning', async (_, daysLeft, words) => {
    await files.place(await files.issue('localhost', daysLeft))
    await open()
    expect(said).toEqual([['error', 'TLS certificate is not valid now; clients that check it are turned away']])
    expect(health.warnings).toEqual([{ reason: 'tls-certificate', detail: expect.stringContaining(words) as unknown }])
    expect(health.reasons.map(({ reason }) => reason)).not.toContain('tls-certificate')
  })

  it('says 30 and 7 days before its end that it ends, once each, and at its end', async () => {
    const pair = await files.issue('localhost', 100)
    await files.place(pair)
    const certificate = await open()
    const end = new X509Certificate(pair.cert).validToDate.getTime()
    expect(certificate.expiresAt).toBe(end)

    const heard: string[] = []
    for (const daysLeft of [31, 30, 29, 8, 7, 1, 0, -1]) {
      now = end - daysLeft * dayMs
      said = []
      await certificate.renew()
      heard.push(
        `${daysLeft} ${said.map(([name]) => name).join()} ${health.warnings.map(({ detail }) => detail.split(':')[0]).join()}`
      )
    }
    expect(heard).toEqual([
      '31  ',
      '30 warn ends within 30 days',
      '29  ends within 30 days',
      '8  ends within 30 days',
      '7 warn ends within 7 days',
      '1  ends within 7 days',
      '0 error expired',
      '-1  expired'
    ])

    await files.place(await files.issue())
    now = Date.now()
    await certificate.renew()
    expect(health.warnings).toEqual([])
  })

  it.each([
    ['no certificate', async () => files.place({ cert: 'nonsense' })],
    ['the key of another', async () => files.place({ key: (await files.issue()).key })]
  ])('is refused at the start if there is %s', async (_, spoil) => {
    await files.place(await files.issue())
    await spoil()
    await expect(open()).rejects.toMatchObject({ code: 'SEN_SETTING_INVALID' })
  })

  it('is refused at the start, by the setting that names it, if a file is not there', async () => {
    const source = new CertificateFiles({ ...files.paths, key: `${files.paths.key}-elsewhere` })
    await files.place(await files.issue())
    await expect(source.read()).rejects.toMatchObject({
      code: 'SEN_SETTING_INVALID',
      message: expect.stringMatching(/^read setting SEN_TLS_KEY=.*-elsewhere: the file cannot be read$/) as unknown
    })
  })
})
