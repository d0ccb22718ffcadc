import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../model/log.ts'
import type { CertificatePair } from './certificate-source.ts'
import { issueServer } from './issue.ts'
import type { MachineNames } from './machine-names.ts'
import { TrialAuthority } from './trial-authority.ts'

const dayMs = 86_400_000

let folder: string
let now: number
let machine: MachineNames
let warnings: string[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sen-trial-'))
  now = Date.now()
  machine = { names: ['sen-box', 'sen-box.local'], addresses: ['192.168.7.5', 'fd12::5'] }
  warnings = []
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

function authority(publicOrigin?: string): TrialAuthority {
  return new TrialAuthority({
    folder: join(folder, 'trial-ca'),
    publicOrigin,
    clock: { now: () => now },
    log: { ...silentLog, warn: (_fields, message) => warnings.push(message) },
    machine: () => machine
  })
}

/** Reads as at a start. @returns the fingerprints of authority and certificate, and the certificate. */
async function start(publicOrigin?: string) {
  const trial = authority(publicOrigin)
  const pair = await trial.read()
  return { trial, pair, root: trial.certificate.fingerprint256, leaf: new X509Certificate(pair.cert) }
}

const pathOf = (name: string) => join(folder, 'trial-ca', `${name}.pem`)

/** What OpenSSL, which many clients check with, says of a certificate under the authority. */
async function verify({ cert }: CertificatePair, host: string): Promise<string> {
  const leaf = join(folder, 'leaf.pem')
  await writeFile(leaf, cert)
  const check = /^[\d.]+$|:/.test(host) ? '-verify_ip' : '-verify_hostname'
  return promisify(execFile)('openssl', [
    ...['verify', '-x509_strict', '-purpose', 'sslserver', check, host, '-CAfile', pathOf('authority'), leaf]
  ]).then(
    () => 'accepted',
    (error: unknown) => String((error as { readonly stderr: unknown }).stderr)
  )
}

describe('the trial authority', () => {
  it('gives a certificate for the public name, the machine, its addresses and this machine itself', async () => {
    const { trial, leaf, pair } = await start('https://sen.example.vn:8443')
    const hosts = [
      ...['sen.example.vn', 'sen-box', 'sen-box.local', '192.168.7.5', 'fd12::5', 'localhost', '127.0.0.1', '::1']
    ]
    expect(trial.hosts).toEqual(hosts)
    for (const host of hosts) expect(isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host)).toBeDefined()
    expect(await verify(pair, 'sen.example.vn')).toBe('accepted')
    expect(await verify(pair, 'elsewhere.example')).toContain('hostname mismatch')
    expect(leaf.ca).toBe(false)
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    const days = (leaf.validToDate.getTime() - leaf.validFromDate.getTime()) / dayMs
    expect(days).toBeLessThanOrEqual(397)
  })

  it('may sign servers of private networks and of its own names only, and no further authorities', async () => {
    const { trial } = await start('https://sen.example.vn')
    const text = await promisify(execFile)('openssl', ['x509', '-in', pathOf('authority'), '-noout', '-text'])
    expect(text.stdout).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:0/)
    expect(text.stdout).toMatch(/Name Constraints: critical\s+Permitted:/)
    expect(text.stdout).toMatch(/Key Usage: critical\s+Certificate Sign, CRL Sign/)
    expect(text.stdout).toMatch(/IP:192.168.0.0\/255.255.0.0/)
    const cert = await readFile(pathOf('authority'), 'utf8')
    const signer = { cert, key: /-----BEGIN PRIVATE[^]*/.exec(cert)?.[0] ?? '' }

    for (const host of ['bank.example', '8.8.8.8', '2001:db8::1']) {
      const foreign = await issueServer(signer, [host], now)
      expect([host, await verify(foreign, host)]).toEqual([
        host,
        expect.stringContaining('permitted subtree violation')
      ])
    }
    for (const host of ['gateway.lan', '10.9.8.7', 'fd00::1']) {
      const own = await issueServer(signer, [host], now)
      expect([host, await verify(own, host)]).toEqual([host, 'accepted'])
    }
    expect(trial.certificate.ca).toBe(true)
  })

  it('is kept for its owner alone, and stays over restarts, as does the certificate', async () => {
    const first = await start()
    const second = await start()
    expect(second.root).toBe(first.root)
    expect(second.pair).toEqual(first.pair)
    for (const name of ['authority', 'server']) expect((await stat(pathOf(name))).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'trial-ca'))).mode & 0o777).toBe(0o700)
  })

  it('gives another certificate when the addresses have changed, and when 30 days are left', async () => {
    const first = await start()
    machine = { ...machine, addresses: ['192.168.8.9'] }
    const moved = await first.trial.read()
    expect(first.trial.hosts).toContain('192.168.8.9')
    expect(await verify(moved, '192.168.8.9')).toBe('accepted')

    const endsAt = new X509Certificate(moved.cert).validToDate.getTime()
    now = endsAt - 31 * dayMs
    expect(await first.trial.read()).toEqual(moved)
    now = endsAt - 30 * dayMs
    const later = await start()
    expect(later.pair).not.toEqual(moved)
    expect(later.root).toBe(first.root)
    expect(warnings).toEqual([])
  })

  it('is made anew for a public name that it does not cover, and says that phones need it again', async () => {
    const first = await start()
    const second = await start('https://sen.example.vn')
    expect(second.root).not.toBe(first.root)
    expect(await verify(second.pair, 'sen.example.vn')).toBe('accepted')
    expect(warnings).toEqual(['A new trial authority was made: install it again on every phone and computer'])
    expect((await start('https://sen.example.vn')).root).toBe(second.root)
  })

  it('stays when the machine gets another name, which its certificate then leaves out', async () => {
    const first = await start()
    machine = { ...machine, names: ['other-box', 'other-box.local'] }
    const second = await start()
    expect(second.root).toBe(first.root)
    expect(second.trial.hosts).toContain('other-box.local')
    expect(second.trial.hosts).not.toContain('other-box')
  })

  it('leaves addresses outside private networks out, unless the public address is one', async () => {
    machine = { names: ['sen-box'], addresses: ['203.0.113.9', '192.168.7.5'] }
    const { trial } = await start()
    expect(trial.hosts).toEqual(['sen-box', '192.168.7.5', 'localhost', '127.0.0.1', '::1'])
    expect(warnings).toEqual(['Hosts outside private networks are not in the trial certificate'])

    const { trial: named, pair } = await start('https://203.0.113.9')
    expect(named.hosts[0]).toBe('203.0.113.9')
    expect(await verify(pair, '203.0.113.9')).toBe('accepted')
  })

  it('is made anew where its file is damaged', async () => {
    const first = await start()
    await writeFile(pathOf('authority'), (await readFile(pathOf('authority'), 'utf8')).slice(0, 300))
    const second = await start()
    expect(second.root).not.toBe(first.root)
    expect(await verify(second.pair, 'localhost')).toBe('accepted')
  })
})
