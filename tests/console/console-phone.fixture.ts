import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'
import { SecuredSen } from '../security/secured-sen.fixture.ts'

/** A small phone in Viet Nam. */
const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true, locale: 'vi-VN' }
const desk = { width: 1280, height: 800 }

/** A real Sen with HTTPS, and its console in a real Chromium of a phone's size, signed in as an administrator. */
export class ConsolePhone {
  readonly on: SecuredSen
  readonly page: Page
  /** What the browser complained about, broken policies and requests to other hosts included. */
  readonly complaints: string[] = []
  readonly #browser: Browser

  private constructor(on: SecuredSen, browser: Browser, page: Page) {
    this.on = on
    this.page = page
    this.#browser = browser
  }

  /** @param args - more for Chromium's command line. */
  static async start(args: readonly string[] = []): Promise<ConsolePhone> {
    const quiet = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking']
    const [on, browser] = await Promise.all([
      SecuredSen.start(),
      chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--headless', ...quiet, ...args] })
    ])
    const context = await browser.newContext({ ...phone, ignoreHTTPSErrors: true })
    const made = new ConsolePhone(on, browser, await context.newPage())
    made.#watch()
    await context.request.post(`${on.origin}/api/v1/session`, {
      data: { token: on.token },
      headers: { origin: on.origin }
    })
    return made
  }

  #watch(): void {
    const { page, complaints, on } = this
    page.setDefaultTimeout(20_000)
    page.on('console', message => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', error => complaints.push(error.message))
    page.on('request', request => {
      if (!/^(?:data|blob):/.test(request.url()) && !request.url().startsWith(on.origin))
        complaints.push(`request to ${request.url()}`)
    })
  }

  /** Opens a page of the console, for example `#/unclaimed`. */
  async open(fragment: string): Promise<void> {
    await this.page.goto(`${this.on.origin}/${fragment}`)
  }

  /** Asks the API, as an administrator. */
  async ask(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.on.ready.http}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.on.token}`,
        ...(body && { 'content-type': 'application/json' })
      },
      ...(body && { body: JSON.stringify(body) })
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return response.status === 204 ? undefined : response.json()
  }

  /**
   * What is wrong with the page as it stands, on a phone and on a desk: it is wider than its window, something
   * sticks out of its panel, or a control has no name. With `SEN_SCREENSHOTS` set to a folder, what it looks like is kept there under `name`.
   */
  async faults(name: string): Promise<readonly string[]> {
    const found: string[] = []
    for (const viewport of [desk, phone.viewport]) {
      await this.page.setViewportSize(viewport)
      const wider = await this.page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
      if (wider > 0) found.push(`${name} is ${wider} px wider than ${viewport.width} px`)
      const folder = process.env['SEN_SCREENSHOTS']
      if (folder === undefined) continue
      await mkdir(folder, { recursive: true })
      await this.page.screenshot({ path: join(folder, `${name}-${viewport.width}.png`), fullPage: true })
    }
    const sticking = await this.page.evaluate<readonly string[]>(stickingOut)
    found.push(...sticking.map(part => `${name} has a part that sticks out: ${part}`))
    const nameless = await this.page.evaluate<readonly string[]>(namelessControls)
    return [...found, ...nameless.map(control => `${name} has a control without a name: ${control}`)]
  }

  async remove(): Promise<void> {
    await this.#browser.close()
    await this.on.remove()
  }
}

/* What runs in the page, as text: this side knows no documents. */
const stickingOut = `[...document.querySelectorAll('.panel *, dialog *, main > *')]
  .filter(one => one.checkVisibility() && !one.closest('.hidden-text, .scroll'))
  .filter(one => {
    const around = (one.closest('.panel, dialog') ?? document.body).getBoundingClientRect()
    return one.getBoundingClientRect().right > around.right + 1
  })
  .map(one => one.outerHTML.slice(0, 120))`

const namelessControls = `[...document.querySelectorAll('button, a, input, select, textarea, summary')]
  .filter(one => one.checkVisibility() && one.getAttribute('type') !== 'hidden')
  .filter(one => !(one.getAttribute('aria-label') || one.title || one.innerText?.trim()
    || [...(one.labels ?? [])].some(label => label.innerText.trim()) || one.querySelector('[aria-label], img[alt]')))
  .map(one => one.outerHTML.slice(0, 200))`
