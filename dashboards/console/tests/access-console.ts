import { ConsoleBrowser } from './console-browser.ts'
import { FixtureAccess, fixtureCode, fixturePassword, type FixtureAccessProps } from './fixture-access.ts'
import { FixtureProvince } from './fixture-province.ts'
import type { FixtureServer } from './fixture-server.ts'

/* What the tests of people and their rights share: a browser, a page, and the ways in. */

const browser = new ConsoleBrowser()
type Page = Awaited<ReturnType<ConsoleBrowser['open']>>['page']
type Context = Parameters<ConsoleBrowser['open']>[1]

/** What `open` opened; these follow the test that runs. */
export let access: FixtureAccess
export let server: FixtureServer
export let page: Page

/** A small phone. */
export const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }

/** Opens `path` over people and their rights as `props` and `prepare` make them. */
export async function open(
  path = '/',
  props: FixtureAccessProps = {},
  context: Context = {},
  prepare: (access: FixtureAccess) => void = () => {}
): Promise<void> {
  access = new FixtureAccess(props)
  prepare(access)
  const opened = await browser.open({ access, province: new FixtureProvince(12) }, context, path)
  server = opened.server
  page = opened.page
}

/** Opens `path` and signs in there. */
export async function openAs(login: string, path = '/', props: FixtureAccessProps = {}, context: Context = {}) {
  await open(path, props, context)
  await signIn(login)
  if (login === 'quan.tri') await enterCode()
  await page.getByRole('link', { name: /^Tài khoản/ }).waitFor()
}

/** Fills in and sends the form of the door. */
export async function signIn(login: string, password = fixturePassword): Promise<void> {
  await page.getByRole('textbox', { name: 'Tên đăng nhập' }).fill(login)
  await page.getByLabel('Mật khẩu', { exact: true }).fill(password)
  await button('Đăng nhập').click()
}

/** Fills in and sends the second factor. */
export async function enterCode(code = fixtureCode): Promise<void> {
  await page.getByLabel('Mã xác nhận').fill(code)
  await button('Đăng nhập').click()
}

/** The button with exactly this name. */
export const button = (name: string) => page.getByRole('button', { name, exact: true })
export const heading = (name: string) => page.getByRole('heading', { name, exact: true })
/** The requests of that kind which the server has seen, in order. */
export const sent = (method: string, path: string) =>
  access.calls.filter(call => call.method === method && call.path === path)
/** Refusals are answers with status 4xx, which browsers write to their console; all else that they complain of counts. */
export const complaints = () => browser.complaints.filter(text => !/status of (401|404|429)/.test(text))
/** By how many pixels the page is wider than its window. */
export const sideways = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)

/** Another tab of the same browser, in place of the page; that one is closed. */
export async function openNewTab(): Promise<void> {
  const first = page
  page = await page.context().newPage()
  await page.goto(server.url)
  await first.close()
}
