import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConsolePhone } from './console-phone.fixture.ts'

/* A rule that somebody makes in the form, and rules of a pack. */

let phone: ConsolePhone

const button = (name: string) => phone.page.getByRole('button', { name, exact: true })
const field = (name: string) => phone.page.getByLabel(name, { exact: true })
const text = (words: string | RegExp) => phone.page.getByText(words)

beforeAll(async () => {
  phone = await ConsolePhone.start()
  await phone.ask('POST', '/sites', { id: 'cau-ro', name: 'Cầu Rộ' })
  await phone.ask('POST', '/devices', { id: 'tram-1', name: 'Trạm 1', site: 'cau-ro', profile: 'json-weather' })
}, 120_000)

afterAll(() => phone.remove())

describe('a rule', { timeout: 90_000 }, () => {
  it('is made in a form that reads it as a sentence, or of a pack, and stands in the list', async () => {
    const { page } = phone
    await phone.open('#/rules')
    await text('Chưa có quy tắc nào.').waitFor()
    await button('Thêm quy tắc').click()
    await field('Tên').fill('Nắng nóng')
    expect(await field('Mã').inputValue()).toBe('nang-nong')
    await field('Điểm đo').fill('cau-ro')
    await page.keyboard.press('Enter')
    await field('Tên mức').fill('Nóng')
    await field('Mức độ nghiêm trọng').selectOption('high')
    await field('Đại lượng').selectOption('air_temperature')
    await text('Điền đủ các ô để đọc quy tắc thành câu.').waitFor()
    await button('Lưu').click()
    await text('Cần một số.').waitFor()
    await field('Ngưỡng (°C)').fill('35,5')
    await text(
      'Tại Cầu Rộ, khi nhiệt độ không khí từ 35,5 °C trở lên: Nóng (cao); hết khi xuống dưới 35,5 °C.'
    ).waitFor()
    await page.locator('[data-sms]', { hasText: /^[\x20-\x7e]{20,160}$/ }).waitFor()
    expect(await phone.faults('rule-form')).toEqual([])
    await button('Lưu').click()
    await page.locator('[data-rule="nang-nong"]', { hasText: 'phiên bản 1' }).waitFor()
    expect(await phone.faults('rules')).toEqual([])

    await button('Tắt: Nắng nóng').click()
    await page.locator('[data-rule="nang-nong"]', { hasText: 'đang tắt' }).waitFor()
    await page.getByRole('link', { name: 'Sửa: Nắng nóng' }).click()
    await field('Đang chạy').check()
    await field('Loại điều kiện').selectOption('other')
    await field('Điều kiện (JSON)').fill('{"kind":"threshold","metric":"air_temperature","op":">"}')
    await button('Lưu').click()
    // The server says the place that is wrong.
    await text('Máy chủ trả lời').click()
    await text(/levels\.0\.when\.value/).waitFor()
    await field('Điều kiện (JSON)').fill('{"kind":"threshold","metric":"air_temperature","op":">","value":35.5}')
    await button('Lưu').click()
    await page.locator('[data-rule="nang-nong"]', { hasText: 'phiên bản 3' }).waitFor()

    await button('Từ bộ mẫu').click()
    await field('Bộ mẫu').selectOption('heat')
    await page.locator('[data-pack-rule] input').first().check()
    await field('Điểm đo').fill('cau-ro')
    await page.keyboard.press('Enter')
    await button('Xem trước').click()
    await page.getByRole('heading', { name: 'Sẽ tạo' }).waitFor()
    expect(await phone.faults('pack')).toEqual([])
    await button('Tạo quy tắc').click()
    await expect.poll(() => page.locator('[data-rule]').count()).toBe(2)
    expect(phone.complaints.filter(words => !words.includes('status of 400'))).toEqual([])
  })
})
