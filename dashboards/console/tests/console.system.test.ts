import type { BrowserContextOptions, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { ConsoleBrowser } from './console-browser.ts'
import { FixtureProvince } from './fixture-province.ts'
import type { FixtureServer, FixtureServerProps } from './fixture-server.ts'

const browser = new ConsoleBrowser()

let province: FixtureProvince
let server: FixtureServer
let page: Page

async function open(context: BrowserContextOptions = {}, props: Partial<FixtureServerProps> = {}): Promise<void> {
  province = props.province ?? new FixtureProvince(70)
  const opened = await browser.open({ ...props, province }, context)
  server = opened.server
  page = opened.page
}

const link = (kind: string) => page.locator(`[data-link="${kind}"]`).waitFor()
const row = (id: string) => page.locator(`[data-device="${id}"]`)
const numberOf = (id: string, metric: string) => row(id).locator(`[data-metric="${metric}"] .number`)

/** Runs in the page. @returns what has the focus, and its outline. */
function focusShown(): string {
  const focused = document.activeElement ?? document.body
  const { outlineStyle } = getComputedStyle(focused)
  return [focused.id, focused.getAttribute('aria-label'), focused.textContent.trim(), `outline: ${outlineStyle}`].join(
    ' | '
  )
}

test('lists every device with its newest values under its site, in Vietnamese', async () => {
  await open()
  await link('live')

  expect(await page.locator('[data-device]').count()).toBe(70)
  expect(await page.locator('[data-site]').count()).toBe(3)
  await row('a84041000181d100').scrollIntoViewIfNeeded()
  await numberOf('a84041000181d100', 'soil_moisture').waitFor()
  expect(await row('a84041000181d100').innerText()).toMatch(
    /Đất ruộng 1[\s\S]*Độ ẩm đất[\s\S]*%[\s\S]*µS\/cm[\s\S]*dBm/
  )
  expect(await page.locator('html').getAttribute('lang')).toBe('vi')
  expect(browser.complaints).toEqual([])
})

test('a value that arrives is shown, highlighted and dated', async () => {
  await open()
  await link('live')
  const id = 'a84041000181d100'
  await row(id).scrollIntoViewIfNeeded()
  server.publish([province.set(id, 'soil_moisture', 47.25)])
  await expect.poll(() => numberOf(id, 'soil_moisture').textContent()).toBe('47,25')

  expect(await row(id).locator('[data-metric="soil_moisture"]').getAttribute('data-turn')).toBe('odd')
  expect(await row(id).locator('[data-metric="soil_temperature"]').getAttribute('data-turn')).toBeNull()
  await expect.poll(() => row(id).locator('.state time').innerText()).toMatch(/vừa xong|\d giây trước/)
  expect(browser.complaints).toEqual([])
})

test('an older value that arrives late does not replace the newest', async () => {
  await open()
  await link('live')
  const id = 'a84041000181d100'
  await row(id).scrollIntoViewIfNeeded()
  const newest = province.set(id, 'soil_moisture', 47.25)
  server.publish([newest])
  await expect.poll(() => numberOf(id, 'soil_moisture').textContent()).toBe('47,25')
  server.publish([{ ...newest, t: new Date(Date.now() - 3_600_000).toISOString(), value: 11 }])
  server.publish([province.set(id, 'soil_temperature', 33.5)])
  await expect.poll(() => numberOf(id, 'soil_temperature').textContent()).toBe('33,5')

  expect(await numberOf(id, 'soil_moisture').textContent()).toBe('47,25')
})

test('switches to English and remembers it', async () => {
  await open()
  await link('live')
  await page.getByRole('button', { name: 'English' }).click()
  await page.getByText('Receiving live').waitFor()
  expect(await page.locator('html').getAttribute('lang')).toBe('en')
  await row('a84041000181d100').scrollIntoViewIfNeeded()
  await row('a84041000181d100').getByText('Soil moisture').waitFor()
  await page.reload()
  await page.getByText('Receiving live').waitFor()

  const shown = await page.locator('body').innerText()
  expect(shown).toContain('Quarantined messages')
  expect(shown).toMatch(/\d+ (seconds?|minutes?) ago/)
  expect(shown).not.toMatch(/giây|phút|cách ly|Thiết bị/)
  expect(browser.complaints).toEqual([])
})

test('finds devices without accents, by site and by id', async () => {
  await open()
  await link('live')
  const visible = page.locator('[data-device]:visible')
  const kimLien = province.devices.filter(device => device.site === 'kim-lien').length
  await page.getByLabel('Tìm thiết bị').fill('kim lien')
  await expect.poll(() => visible.count()).toBe(kimLien)
  await page.getByText(`Hiện ${kimLien} trên 70 thiết bị`).waitFor()
  await page.getByLabel('Tìm thiết bị').fill('181D100')
  await expect.poll(() => visible.count()).toBe(1)
  await page.getByLabel('Tìm thiết bị').press('Escape')
  await expect.poll(() => visible.count()).toBe(70)
})

test('shows the silent ones alone, and counts them', async () => {
  await open()
  await link('live')
  const silent = page.locator('[data-show="silent"]')
  const count = Number(await silent.locator('b').innerText())
  await silent.click()

  await expect.poll(() => page.locator('[data-device]:visible').count()).toBe(count)
  expect(count).toBeGreaterThan(0)
  await expect.poll(() => page.locator('[data-device]:visible .badge', { hasText: 'Im lặng' }).count()).toBe(count)
})

test('shows whether the accounting holds, and explains its words', async () => {
  await open()
  await link('live')
  const equation = page.locator('[data-equation="messages"]')
  await equation.locator('[data-balance="holds"]').waitFor()
  await equation.getByRole('button', { name: 'Giải thích' }).click()
  await equation.getByText('Chưa hiểu được; giữ lại kèm lý do').waitFor()

  const { messages, readings } = province.accounting
  server.send('accounting', { messages: { ...messages, received: messages.received + 2 }, readings })
  await equation.locator('[data-balance="off"]', { hasText: 'Lệch 2' }).waitFor()
})

test('shows the quarantine with its reasons in words', async () => {
  await open()
  await link('live')
  const list = page.getByRole('region', { name: 'Bản tin cách ly' })

  expect(await list.locator('[data-quarantined]').count()).toBe(20)
  expect(await list.innerText()).toMatch(
    /Thiết bị chưa đăng ký[\s\S]*site\/kim-lien\/tram-moi-7\/telemetry[\s\S]*is not registered/
  )
})

test('shows quality marks as words', async () => {
  await open()
  await link('live')
  const id = 'a84041000181d100'
  await row(id).scrollIntoViewIfNeeded()
  server.publish([province.set(id, 'soil_moisture', 143.2, ['implausible', 'simulated'])])
  await row(id)
    .locator('[data-metric="soil_moisture"] [data-quality="implausible"]', { hasText: 'bất thường' })
    .waitFor()

  // What all values of the device carry is said once, beside its name.
  expect(await row(id).locator('[data-quality="simulated"]').count()).toBe(1)
})

test('keeps what it shows while the server is away, says how old it is, and comes back by itself', async () => {
  await open()
  await link('live')
  const id = 'a84041000181d100'
  await row(id).scrollIntoViewIfNeeded()
  const before = await numberOf(id, 'soil_moisture').textContent()
  await server.stop()
  await link('lost')
  await page.getByText(/Số liệu trên màn hình là của lúc \d\d:\d\d:\d\d/).waitFor()
  expect(await numberOf(id, 'soil_moisture').textContent()).toBe(before)

  province.set(id, 'soil_moisture', 12.75)
  await server.start()
  await link('live')
  await expect.poll(() => numberOf(id, 'soil_moisture').textContent()).toBe('12,75')
  expect(await page.getByText('Số liệu trên màn hình').count()).toBe(0)
  server.publish([province.set(id, 'soil_moisture', 13.5)])
  await expect.poll(() => numberOf(id, 'soil_moisture').textContent()).toBe('13,5')
  expect(
    browser.complaints.filter(text => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE|ERR_CONNECTION_RESET/.test(text))
  ).toEqual([])
})

test('shows a device as soon as it is registered, with the values that came before', async () => {
  await open()
  await link('live')
  const early = province.set('tram-moi-7', 'ph', 6.8)
  server.publish([early])
  province.devices.push({ id: 'tram-moi-7', name: 'Trạm mới', site: 'kim-lien', profile: 'json-weather' })
  server.send('registry', {})

  await row('tram-moi-7').scrollIntoViewIfNeeded()
  await expect.poll(() => numberOf('tram-moi-7', 'ph').textContent()).toBe('6,8')
})

test('asks for a token when there is no session, refuses a wrong one, and goes on with the right one', async () => {
  await open({}, { token: 'right' })
  await page.getByRole('button', { name: 'Dùng mã truy cập API' }).click()
  await page.getByLabel('Mã truy cập API').fill('wrong')
  await page.getByRole('button', { name: 'Tiếp tục' }).click()
  await page.getByText('Mã này không đúng').waitFor()
  await page.getByLabel('Mã truy cập API').fill(' right ')
  await page.getByLabel('Mã truy cập API').press('Enter')
  await link('live')

  expect(await page.locator('[data-device]').count()).toBe(70)
  expect(browser.complaints.filter(text => !text.includes('401'))).toEqual([])
})

test('shows what devices and people wrote as text, never as markup', async () => {
  const canary = '<img src=x onerror="window.canary=1"><script>window.canary=1</script>'
  const made = new FixtureProvince(8)
  made.devices[0]!.name = canary
  made.set(made.devices[0]!.id, 'status_text', canary)
  await open({}, { province: made })
  await link('live')

  const { id } = made.devices[0]!
  expect(await row(id).locator('h3').innerText()).toBe(canary)
  expect(await numberOf(id, 'status_text').textContent()).toBe(canary)
  expect(await page.evaluate(() => 'canary' in window)).toBe(false)
  expect(browser.complaints).toEqual([])
})

test.each(['vi', 'en'])('needs no scrolling sideways at 360 px (%s), lost link and open parts included', async code => {
  const made = new FixtureProvince(30)
  made.devices[1]!.name = 'TrạmQuanTrắcMôiTrườngNướcMặtSôngLamĐoạnQuaXãKimLiên'
  made.set(made.devices[1]!.id, 'status_text', 'x'.repeat(200))
  await open({ viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }, { province: made })
  await link('live')
  if (code === 'en') await page.getByRole('button', { name: 'English' }).click()
  for (const summary of await page.locator('summary').all()) await summary.click()
  // Not the menu of the page's head, which would lie over the others.
  for (const explain of await page.locator('main [aria-expanded]').all()) await explain.click()
  await server.stop()
  await link('lost')

  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
  expect(await page.evaluate(() => document.body.scrollWidth)).toBe(360)
})

test('can be used by keyboard alone, and what is focused shows it', async () => {
  await open()
  await link('live')
  const seen: string[] = []
  for (let i = 0; i < 20; i++) {
    await page.keyboard.press('Tab')
    // Past the last one the browser begins anew.
    if (await page.evaluate(() => document.activeElement === document.body)) break
    seen.push(await page.evaluate(focusShown))
  }

  expect(seen[0]).toContain('Đến danh sách thiết bị')
  expect(seen.some(text => text.includes('English'))).toBe(true)
  expect(seen.some(text => text.includes('filter'))).toBe(true)
  expect(seen.filter(text => text.includes('outline: none'))).toEqual([])
})

test('does not animate for people who asked for less motion', async () => {
  await open({ reducedMotion: 'reduce' })
  await link('live')
  const id = 'a84041000181d100'
  await row(id).scrollIntoViewIfNeeded()
  server.publish([province.set(id, 'soil_moisture', 47.25)])
  const value = row(id).locator('[data-metric="soil_moisture"][data-turn]')
  await value.waitFor()

  expect(await value.evaluate(element => getComputedStyle(element).animationName)).toBe('none')
})

test('draws values only in and near the window, of a thousand devices, and those that scroll into it', async () => {
  await open({}, { province: new FixtureProvince(1_000) })
  await link('live')
  expect(await page.locator('[data-device] h3').count()).toBe(1_000)
  await page.locator('[data-metric]').first().waitFor()
  expect(await page.locator('[data-device]:has([data-metric])').count()).toBeLessThan(100)
  const last = page.locator('[data-device]').last()
  await last.scrollIntoViewIfNeeded()

  await last.locator('[data-metric]').first().waitFor()
  expect(await page.locator('[data-device]:has([data-metric])').count()).toBeLessThan(100)
})
