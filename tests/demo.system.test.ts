import { get } from 'node:http'
import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SenProcess, isAtRest } from './sen-process.ts'
import type { Accounts } from './sen-process.ts'

/* What a newcomer sees: `sen start`, the page in a real browser, Ctrl-C, a second start. */
let sen: SenProcess
let browser: Browser
let page: Page
const trouble: string[] = []

beforeAll(async () => {
  sen = await SenProcess.create({ command: ['start', '--seed', '7'] })
  await sen.start()
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync'
    ]
  })
  page = await browser.newPage()
  page.on('console', message => {
    if (message.type() === 'error') trouble.push(message.text())
  })
  page.on('pageerror', error => trouble.push(error.message))
  page.on('request', request => {
    if (!request.url().startsWith(sen.ready.http)) trouble.push(`request to ${request.url()}`)
  })
}, 120_000)

afterAll(async () => {
  await browser.close()
  await sen.remove()
})

describe('the demo', { timeout: 120_000 }, () => {
  it('shows the simulated province live, without a login, on this machine', async () => {
    await page.goto(sen.ready.http)
    await page.getByText('Đang nhận trực tiếp').waitFor()
    await page.getByText('Độ ẩm đất 01, Đồng Làng Sen').first().waitFor()
    const body = page.locator('body')
    const before = await body.innerText()
    await expect.poll(() => body.innerText(), { timeout: 30_000 }).not.toBe(before)
    expect(trouble).toEqual([])
  })

  it('marks every reading as simulated', async () => {
    const token = await sen.sen('token', '--role', 'viewer')
    const { items } = (await sen.get('/readings/latest', token)) as {
      readonly items: readonly { readonly quality: string }[]
    }
    expect(items.length).toBeGreaterThan(300)
    expect(items.filter(({ quality }) => !quality.includes('simulated'))).toEqual([])
  })

  it('knows the communes and agencies of the province, and the gateways of the simulated commune', async () => {
    const token = await sen.sen('token', '--role', 'viewer')
    const list = async (path: string) =>
      ((await sen.get(path, token)) as { readonly items: readonly Readonly<Record<string, unknown>>[] }).items
    const organisations = await list('/organisations')
    expect(organisations.filter(({ kind }) => kind === 'commune')).toHaveLength(130)
    expect(organisations.find(({ id }) => id === 'so-khoa-hoc-va-cong-nghe')).toMatchObject({ parent: 'root' })
    expect((await list('/gateways')).map(({ owner, sharedWith }) => [owner, sharedWith])).toEqual([
      ['xa-kim-lien', []],
      ['xa-kim-lien', ['htx-nam-dan']],
      ['xa-kim-lien', []]
    ])
    expect((await list('/places')).find(({ id }) => id === '17971')).toMatchObject({
      organisation: 'xa-kim-lien',
      sites: 5,
      devices: 60
    })
  })

  it('shows the API to read, from this server alone', async () => {
    await page.goto(`${sen.ready.http}/api/docs`)
    await page.getByText('What became of everything received').first().waitFor()
    expect(trouble.filter(text => text.startsWith('request to'))).toEqual([])
  })

  it('lets its visitors look and change nothing, and strangers not even look', async () => {
    const changed = await page.evaluate(async () => {
      const body = JSON.stringify({ id: 'x', name: 'x', site: 'x', profile: 'json-weather' })
      const answer = await fetch('/api/v1/devices', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body
      })
      return answer.status
    })
    expect([403, 404]).toContain(changed)
    expect(await cookieFor('127.0.0.1')).toBeDefined()
    expect(await cookieFor('evil.example')).toBeUndefined()
  })

  it('stops at Ctrl-C, and goes on at the second start', async () => {
    const token = await sen.sen('token', '--role', 'viewer')
    expect(await sen.stop('SIGINT')).toBe(0)
    await sen.start()
    const { messages, readings } = await sen.getUntil<Accounts>(
      '/accounting',
      token,
      a => isAtRest(a) && a.messages.stored > 100
    )
    expect(messages.quarantined).toBe(0)
    expect(readings.refused).toBe(0)
  })
})

/** What a visitor who calls this machine by that name is given. */
function cookieFor(host: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    get(sen.ready.http, { headers: { host } }, answer => {
      answer.resume()
      resolve(answer.headers['set-cookie']?.[0])
    }).on('error', reject)
  })
}

describe('a demo on a clock of its own', { timeout: 120_000 }, () => {
  it('lives an hour in a minute, and does not run back at the next start', async () => {
    const fast = await SenProcess.create({ command: ['start', '--speed', '60'] })
    try {
      await fast.start()
      const token = await fast.sen('token', '--role', 'viewer')
      const timeOf = async () => Date.parse(((await fast.get('/system', token)) as { readonly now: string }).now)
      await fast.getUntil<Accounts>('/accounting', token, a => a.messages.stored > 500)
      const ahead = await timeOf()
      expect(ahead - Date.now()).toBeGreaterThan(60_000)
      await fast.stop()
      await fast.start()
      expect(await timeOf()).toBeGreaterThanOrEqual(ahead)
    } finally {
      await fast.remove()
    }
  })
})
