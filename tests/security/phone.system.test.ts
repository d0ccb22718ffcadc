import { execFileSync, spawnSync } from 'node:child_process'
import { X509Certificate, createHash } from 'node:crypto'
import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SenProcess, freePort } from '../sen-process.ts'

/*
 * A farmer's phone, from the invitation to the unlocked page: a real Sen with `--trial-ca`, in a network of its own with an
 * address that is not this machine's loopback, and a real Chromium of a phone's size there. Needs the right to make a network
 * namespace (root).
 */

const namespace = `sen-phone-${process.pid}`
const address = '10.77.0.1'
const host = 'sen-thu.lan'
const mayMakeNetworks = spawnSync('ip', ['netns', 'add', namespace]).status === 0
const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true, locale: 'vi-VN' }

let folder: string
let sen: SenProcess
let browser: Browser
let page: Page
let origin: string
const complaints: string[] = []

beforeAll(async () => {
  if (!mayMakeNetworks) return
  folder = await mkdtemp(join(tmpdir(), 'sen-phone-'))
  inside('ip', 'link', 'set', 'lo', 'up')
  inside('ip', 'address', 'add', `${address}/24`, 'dev', 'lo')
  const port = await freePort()
  origin = `https://${host}:${port}`
  sen = await SenProcess.create({
    command: ['serve', '--trial-ca'],
    under: ['ip', 'netns', 'exec', namespace],
    environment: { SEN_HTTP_HOST: address, SEN_HTTPS_PORT: String(port), SEN_PUBLIC_URL: origin }
  })
  await sen.start()
  browser = await chromium.launch({
    executablePath: await insideProgram('/usr/bin/chromium'),
    args: [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
      `--host-resolver-rules=MAP ${host} ${address}`,
      // What installing the authority on the phone does.
      `--ignore-certificate-errors-spki-list=${await trustedKeys()}`
    ]
  })
  page = await (await browser.newContext(phone)).newPage()
  page.on('pageerror', error => complaints.push(error.message))
  page.on('console', message => {
    if (message.type() === 'error' && !/status of 40[14]/.test(message.text())) complaints.push(message.text())
  })
}, 120_000)

afterAll(async () => {
  if (!mayMakeNetworks) return
  await browser.close()
  await sen.remove()
  execFileSync('ip', ['netns', 'delete', namespace])
  await rm(folder, { recursive: true, force: true })
})

/** Runs a program in the network of the test. */
function inside(...words: readonly string[]): void {
  execFileSync('ip', ['netns', 'exec', namespace, ...words])
}

/** @returns a program that runs another one in the network of the test. */
async function insideProgram(program: string): Promise<string> {
  const path = join(folder, 'inside')
  await writeFile(path, `#!/bin/sh\nexec ip netns exec ${namespace} ${program} "$@"\n`)
  await chmod(path, 0o755)
  return path
}

/** @returns the keys of the certificates that `--trial-ca` has made, as Chromium wants to be told of them. */
async function trustedKeys(): Promise<string> {
  const made = join(sen.folder, 'trial-ca')
  const hashes: string[] = []
  for (const name of await readdir(made)) {
    const text = await readFile(join(made, name), 'utf8')
    for (const [pem] of text.matchAll(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)) {
      const key = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' })
      hashes.push(createHash('sha256').update(key).digest('base64'))
    }
  }
  return hashes.join(',')
}

const button = (name: string) => page.getByRole('button', { name, exact: true })

describe.skipIf(!mayMakeNetworks)('a phone at an address of the network, over HTTPS', { timeout: 120_000 }, () => {
  it('is enrolled by link and code, with a PIN, without mail address or password', async () => {
    const answer = await sen.sen(
      'user',
      'add',
      'Bác Năm',
      '--role',
      'farmer',
      '--phone',
      '0912 345 678',
      '--for',
      'phone'
    )
    const [url = '', code = ''] = answer.split('\t')
    expect(url.startsWith(`${origin}/#/enrol?k=`)).toBe(true)
    await page.goto(url)
    expect(await page.evaluate('[location.origin, isSecureContext]')).toEqual([origin, true])
    await enrol(code)
    await page.getByText('Bác Năm').first().waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
    expect(complaints).toEqual([])
  })

  it('opens by its PIN when it comes back, and not by a wrong one', async () => {
    const first = page
    page = await first.context().newPage()
    await page.goto(origin)
    await first.close()
    await page.locator('[data-lock]').waitFor()
    await page.getByLabel('Mã PIN (6 số)').fill('111113')
    await page.getByText(/Mã PIN không đúng/).waitFor()
    await page.getByLabel('Mã PIN (6 số)').fill('274913')
    await page.locator('[data-link="live"]').waitFor()
  })

  it('stands in the audit log, with its address', async () => {
    const token = await insideJson(await sen.sen('token', '--role', 'auditor'))
    expect(token).toEqual(expect.arrayContaining(['phone.add', 'person.join', 'session.open']))
  })

  it('is led to enrol again once an administrator has removed it', async () => {
    const devices = await localJson('/api/v1/people/1')
    const [one] = (devices as { readonly devices: readonly { readonly id: string }[] }).devices
    await localJson(`/api/v1/people/1/devices/${one?.id ?? ''}`, 'DELETE')
    await page.reload()
    await page.getByLabel('Mã PIN (6 số)').fill('274913')
    await page.getByText('Thiết bị này không còn được công nhận').waitFor()
  })
})

/** From the invitation's page to the live one. */
async function enrol(code: string): Promise<void> {
  await page.getByLabel('Mã dùng một lần (8 số)').fill(code)
  await button('Tiếp tục').click()
  await page.getByText('Xin chào Bác Năm').waitFor()
  await button('Tiếp tục').click()
  await page.getByLabel('Tôi đã đọc và đồng ý').check()
  await button('Tiếp tục').click()
  await page.getByLabel('Mã PIN mới (6 số)').fill('274913')
  await page.getByLabel('Nhập lại mã PIN').fill('274913')
  await button('Ghi danh điện thoại này').click()
  await button('Bắt đầu dùng').click()
  await page.locator('[data-link="live"]').waitFor()
}

/** Actions that the audit log has from the phone's address. */
async function insideJson(token: string): Promise<readonly string[]> {
  const answer = execFileSync('ip', [
    ...['netns', 'exec', namespace, 'curl', '-s', '-H', `authorization: Bearer ${token}`],
    `${sen.ready.http}/api/v1/audit?limit=100`
  ])
  const { items } = JSON.parse(answer.toString()) as {
    readonly items: readonly { readonly action: string; readonly address: string }[]
  }
  return items.filter(one => one.address === address).map(({ action }) => action)
}

/** Asks as the machine's administrator, by the Unix socket. */
async function localJson(path: string, method = 'GET'): Promise<unknown> {
  const socket = join(sen.folder, 'sen.sock')
  const answer = execFileSync('curl', ['-s', '-X', method, '--unix-socket', socket, `http://localhost${path}`])
  return answer.length === 0 ? undefined : JSON.parse(answer.toString())
}
