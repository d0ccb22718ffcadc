import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConsolePhone } from './console-phone.fixture.ts'

/* What the keeper of a commune's devices does on a phone: looks into the quarantine, and enters what a staff gauge shows. */

let phone: ConsolePhone

const button = (name: string) => phone.page.getByRole('button', { name, exact: true })
const field = (name: string) => phone.page.getByLabel(name, { exact: true })
const dialog = () => phone.page.getByRole('dialog')
const text = (words: string | RegExp) => phone.page.getByText(words)

beforeAll(async () => {
  phone = await ConsolePhone.start()
  await phone.ask('POST', '/sites', { id: 'cau-ro', name: 'Cầu Rộ' })
}, 120_000)

afterAll(() => phone.remove())

interface Observations {
  readonly items: readonly { readonly state: string; readonly value: number }[]
}
const observations = async () => ((await phone.ask('GET', '/observations')) as Observations).items

describe('keeping devices on a phone', { timeout: 90_000 }, () => {
  it('looks into what is set aside, decodes it again, and sees it leave', async () => {
    const { page } = phone
    for (const minutes of [3, 2, 1]) {
      const ts = Date.now() - minutes * 60_000
      await phone.ask('POST', '/ingest/telemetry?site=cau-ro&device=may-mua-1', { ts, rainfall: minutes })
    }
    await phone.open('#/quarantine')
    await page.locator('[data-position]').nth(2).waitFor()
    await field('Lý do').selectOption({ label: 'Thiết bị chưa đăng ký (3)' })
    await page.locator('[data-position] summary').first().click()
    await text('"rainfall":1').waitFor()
    await page.getByRole('link', { name: 'Mở danh sách thiết bị chưa nhận' }).waitFor()
    expect(await phone.faults('quarantine')).toEqual([])

    await phone.ask('POST', '/devices', { id: 'may-mua-1', name: 'Mưa 1', site: 'cau-ro', profile: 'json-weather' })
    await button('Làm mới').click()
    await page.getByRole('link', { name: 'Mở thiết bị may-mua-1' }).waitFor()
    await button('Giải mã lại').click()
    await dialog()
      .getByText(/^3 bản tin sẽ được giải mã lại/)
      .waitFor()
    expect(await phone.faults('redecode')).toEqual([])
    await button('Bắt đầu').click()
    await dialog().getByText('100 % nhật ký, 3 bản tin').waitFor()
    await dialog().getByText('3 bản tin ra khỏi hộp cách ly, 3 số đo.').waitFor()
    await dialog().getByRole('button', { name: 'Đóng' }).last().click()
    await text('Không có bản tin nào.').waitFor()
    expect(phone.complaints).toEqual([])
  })

  it('keeps a reading of the gauge while there is no link, sends it exactly once, corrects it and takes it back', async () => {
    const { page } = phone
    await phone.open('#/observations')
    await field('Điểm đo').selectOption({ label: 'Cầu Rộ' })
    expect(await phone.faults('observations')).toEqual([])
    await page.context().setOffline(true)
    await field('Giá trị').fill('3,42')
    await button('Gửi').click()
    await text('Đã lưu trong máy này; sẽ tự gửi.').waitFor()
    await page.getByRole('heading', { name: 'Chờ gửi (1)' }).waitFor()
    expect(await phone.faults('waiting')).toEqual([])

    // The link comes back, and breaks again just as the server answers.
    let lost = 0
    await page.route('**/api/v1/observations', async route => {
      if (route.request().method() !== 'POST' || lost > 0) return route.fallback()
      lost++
      await route.fetch()
      await route.abort()
    })
    await page.context().setOffline(false)
    await expect.poll(() => lost).toBe(1)
    await expect.poll(async () => (await observations()).length).toBe(1)
    await button('Gửi ngay').click()
    await page.getByRole('heading', { name: 'Chờ gửi (1)' }).waitFor({ state: 'detached' })
    const entered = page.locator('li', { hasText: 'Thước nước' })
    await entered.getByText('3,42').waitFor()
    expect(await observations()).toMatchObject([{ state: 'standing', value: 3.42 }])

    await entered.getByRole('button', { name: 'Sửa' }).click()
    expect(await field('Giá trị').inputValue()).toBe('3,42')
    await field('Giá trị').fill('3,24')
    await button('Gửi').click()
    await entered.getByText('3,24').waitFor()
    await entered.filter({ hasText: 'đã sửa' }).waitFor()
    expect(await phone.faults('corrected')).toEqual([])

    await entered.filter({ hasText: '3,24' }).getByRole('button', { name: 'Thu hồi' }).click()
    await dialog().getByRole('button', { name: 'Thu hồi' }).click()
    await entered.filter({ hasText: 'đã thu hồi' }).waitFor()
    expect((await observations()).some(({ state }) => state === 'standing')).toBe(false)
    expect(phone.complaints.filter(words => !/ERR_(INTERNET_DISCONNECTED|FAILED)/.test(words))).toEqual([])
  })
})
