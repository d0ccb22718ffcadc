import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SenProcess } from '../sen-process.ts'
import { SecuredSen } from './secured-sen.fixture.ts'

/* Fault row X12 as a browser sees it: pages that keep to their own content policy, and what that policy keeps out. */
let browser: Browser
let context: BrowserContext
let page: Page
let trouble: string[]

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update'
    ]
  })
}, 120_000)

afterAll(async () => {
  await browser.close()
})

beforeEach(async () => {
  trouble = []
  context = await browser.newContext({ ignoreHTTPSErrors: true })
  page = await context.newPage()
  await page.addInitScript(tellOfViolations)
  page.on('console', message => {
    // A document without a page of its own (JSON) has no icon.
    if (message.location().url.endsWith('/favicon.ico')) return
    if (['error', 'warning'].includes(message.type())) trouble.push(message.text())
  })
  page.on('pageerror', error => trouble.push(error.message))
})

afterEach(async () => {
  await context.close()
})

// What runs in the page, as text: this side knows no documents.
const tellOfViolations = `
  document.addEventListener('securitypolicyviolation', event => {
    console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI)
  })`

/** Tries what an injected name or text would: a script, a handler, a style. @returns whether any took effect. */
const forbiddenDeeds = `(() => {
  const script = document.createElement('script')
  script.textContent = 'document.title = "ran"'
  const part = document.createElement('div')
  part.innerHTML = '<img src="data:," onerror="document.title = \\'ran\\'"><p style="position: fixed">x</p>'
  document.body.append(script, part)
  return [document.title === 'ran', part.querySelector('p').style.position]
})()`

/** What a page of another origin tries: to frame ours, and to change something in its visitor's name. */
const foreignDeeds = (origin: string) => `(async () => {
  const frame = document.createElement('iframe')
  frame.src = '${origin}'
  const loaded = new Promise(resolve => frame.addEventListener('load', resolve))
  document.body.append(frame)
  await loaded
  const body = JSON.stringify({ id: 'forged', name: 'x' })
  const asked = { method: 'POST', mode: 'no-cors', credentials: 'include', headers: { 'content-type': 'text/plain' }, body }
  // It is sent; that the page cannot see the answer is another matter.
  await fetch('${origin}/api/v1/sites', asked).catch(() => undefined)
})()`

/** The same by a form, which takes the visitor along. */
const foreignForm = (origin: string) => `(() => {
  const form = document.createElement('form')
  Object.assign(form, { method: 'post', action: '${origin}/api/v1/sites', enctype: 'text/plain' })
  document.body.append(form)
  form.submit()
})()`

/** Says which requests leave for anywhere else. */
function watchRequests(origin: string): void {
  page.on('request', request => {
    if (!/^(?:data|blob):/.test(request.url()) && !request.url().startsWith(origin))
      trouble.push(`request to ${request.url()}`)
  })
}

describe('the pages of a Sen with HTTPS', { timeout: 120_000 }, () => {
  let on: SecuredSen

  beforeAll(async () => {
    on = await SecuredSen.start()
    await on.sen.sen('site', 'add', 'nha-kinh')
  }, 120_000)

  afterAll(async () => {
    await on.remove()
  })

  /** As the console does: from a page of ours, which has no referrer to show. */
  async function signIn(): Promise<number> {
    await page.goto(`${on.origin}/healthz`)
    return page.evaluate(async token => {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch('/api/v1/session', { method: 'POST', headers, body: JSON.stringify({ token }) })
      return answer.status
    }, on.token)
  }

  it('console and API page load and work under their content policy, from this server alone', async () => {
    watchRequests(on.origin)
    expect(await signIn()).toBe(200)
    await page.goto(on.origin)
    await page.getByText('Đang nhận trực tiếp').waitFor()
    await page.goto(`${on.origin}/api/docs`)
    await page.getByText('What became of everything received').first().click()
    await page.getByRole('button', { name: 'Try it out' }).click()
    await page.getByRole('button', { name: 'Execute' }).click()
    await page.getByText('quarantined').first().waitFor()
    expect(trouble).toEqual([])
    const [session] = await context.cookies()
    expect(session).toMatchObject({
      name: '__Host-sen_session',
      secure: true,
      httpOnly: true,
      sameSite: 'Strict',
      path: '/'
    })
  })

  it('run no script and take no style that stands in the page, and evaluate no text', async () => {
    await signIn()
    await page.goto(on.origin)
    await page.getByText('Đang nhận trực tiếp').waitFor()
    const ran = await page.evaluate(forbiddenDeeds)
    expect(ran).toEqual([false, ''])
    await expect.poll(() => trouble.filter(text => text.startsWith('policy: ')).length).toBeGreaterThanOrEqual(3)
  })

  it('cannot be framed by a page of another origin, whose requests change nothing', async () => {
    const evil = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>evil</title>')
    })
    evil.listen(0, '127.0.0.1')
    await once(evil, 'listening')
    try {
      await signIn()
      const before = await on.refused('origin')
      await page.goto(`http://127.0.0.1:${(evil.address() as AddressInfo).port}/`)
      await page.evaluate(foreignDeeds(on.origin))
      expect(trouble.join('\n')).toMatch(/frame-ancestors/)
      expect(await on.refused('origin')).toBe(before + 1)
      await page.evaluate(foreignForm(on.origin))
      await page.getByText('SEN_FORBIDDEN').waitFor()
      expect(await on.refused('origin')).toBe(before + 2)
      const { body } = await on.ask('/api/v1/sites', { headers: { authorization: `Bearer ${on.token}` } })
      expect(body).not.toContain('forged')
    } finally {
      evil.closeAllConnections()
      evil.close()
    }
  })
})

describe('the page of the trial authority', { timeout: 120_000 }, () => {
  it('reads well without script, over plain HTTP, in both languages', async () => {
    const environment = { SEN_HTTPS_PORT: '0', SEN_MQTTS_PORT: '0' }
    const sen = await SenProcess.create({ command: ['serve', '--trial-ca'], environment })
    try {
      const { http, trialFingerprint = '' } = await sen.start()
      watchRequests(http)
      await page.goto(http)
      expect(page.url()).toBe(`${http}/trial-ca`)
      await page.getByRole('heading', { name: 'Cài chứng chỉ dùng thử của Sen' }).waitFor()
      await page.getByRole('heading', { name: 'Install Sen’s trial certificate' }).waitFor()
      expect(await page.getByText(trialFingerprint).count()).toBe(2)
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByText('Tải sen-ca.crt').click()])
      expect(download.suggestedFilename()).toBe('sen-ca.crt')
      const code = await page.locator('.qr svg').first().boundingBox()
      expect(code?.width).toBeGreaterThan(150)
      expect(trouble).toEqual([])
      const picture = process.env['SEN_TEST_PICTURES']
      if (picture !== undefined) await page.screenshot({ path: `${picture}/trial-ca.png`, fullPage: true })
    } finally {
      await sen.remove()
    }
  })
})
