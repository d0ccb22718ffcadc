import { join } from 'node:path'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { FixtureServer, type FixtureServerProps } from './fixture-server.ts'

/** Built before the tests began. */
const dist = join(import.meta.dirname, '../dist')
const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync']

/** The console as it is built, in a real Chromium, over a fixture server of its own for each page that is opened. */
export class ConsoleBrowser {
  /** What the browser complained about since the page was opened, requests to other hosts and broken policies included. */
  complaints: string[] = []
  #browser: Browser | undefined
  #opened: { readonly server: FixtureServer; readonly page: Page } | undefined

  /** Has itself started before the tests of a file, and everything closed after each and after all of them. */
  constructor() {
    beforeAll(() => this.#start(), 120_000)
    afterEach(() => this.#close())
    afterAll(() => this.#stop())
  }

  async #start(): Promise<void> {
    this.#browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', ...quiet]
    })
  }

  /**
   * Opens the console, as on a desk unless `context` says otherwise.
   *
   * @param path - what follows the address of the server.
   */
  async open(
    props: Omit<FixtureServerProps, 'dist'>,
    context: BrowserContextOptions = {},
    path = '/'
  ): Promise<{ readonly server: FixtureServer; readonly page: Page }> {
    if (!this.#browser) throw new Error('open page: the browser has not been started')
    const server = new FixtureServer({ dist, ...props })
    await server.start()
    const desk = { viewport: { width: 1280, height: 800 }, ...context }
    const page = await (await this.#browser.newContext(desk)).newPage()
    this.#opened = { server, page }
    this.complaints = []
    page.setDefaultTimeout(15_000)
    page.on('console', message => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text())
    })
    page.on('pageerror', error => this.complaints.push(error.message))
    page.on('request', request => {
      if (!request.url().startsWith(server.url) && !request.url().startsWith('data:'))
        this.complaints.push(`request to ${request.url()}`)
    })
    await page.goto(server.url + path)
    return this.#opened
  }

  /** Closes the page and its server. */
  async #close(): Promise<void> {
    await this.#opened?.page.context().close()
    await this.#opened?.server.stop()
    this.#opened = undefined
  }

  async #stop(): Promise<void> {
    await this.#close()
    await this.#browser?.close()
  }
}
