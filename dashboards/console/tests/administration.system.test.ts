import { describe, expect, test } from 'vitest'
import { access, button, complaints, heading, openAs, page, phone, sent, server, sideways } from './access-console.ts'
import { fixtureInvitation } from './fixture-access.ts'

describe('people', () => {
  test('18,000 are found and paged without waiting for all of them', async () => {
    await openAs('quan.tri', '/#/people', { people: 18_000 })
    await page.getByText('18.003 người').waitFor()
    expect(await page.locator('[data-person]').count()).toBe(50)
    await button('Sau').click()
    await page.getByText('51–100 trên 18.003').waitFor()
    expect(await page.locator('[data-person]').count()).toBe(50)

    await page.getByLabel('Tìm người').fill('nguyen van an')
    await expect.poll(() => page.locator('[data-person]').first().innerText()).toContain('Nguyễn Văn An')
    await page.getByLabel('Tìm người').fill('0910000037')
    await page.getByText('1 người', { exact: true }).waitFor()
    expect(await page.locator('[data-person]').count()).toBe(1)

    await page.getByLabel('Tìm người').fill('')
    await page.getByRole('combobox', { name: 'Đơn vị' }).click()
    await page.getByRole('combobox', { name: 'Đơn vị' }).fill('huong sen')
    await page.keyboard.press('Enter')
    await expect.poll(() => sent('GET', 'people').at(-1)?.query.get('organisation')).toBe('htx-huong-sen')
    await page.getByLabel('Trạng thái').selectOption('disabled')
    await page.getByText('Không có ai khớp.').waitFor()
    expect(complaints()).toEqual([])
  })

  test('are invited once, with a QR code and a one-time code, even if the first answer is lost', async () => {
    await openAs('quan.tri', '/#/people')
    await button('Mời người mới').click()
    await page.getByLabel('Họ và tên').fill('Vi Thị Lan')
    await page.getByLabel('Số điện thoại').fill('0912 345 678')
    await page.getByRole('dialog').getByRole('combobox').first().fill('kim lien')
    await page.getByRole('option', { name: 'UBND xã Kim Liên' }).first().click()
    await page.getByLabel('Vai trò').selectOption('farmer')
    await page.route('**/api/v1/people', async (route, request) => {
      if (request.method() !== 'POST') return route.continue()
      await route.fetch()
      await route.abort()
    })
    await button('Tạo lời mời').click()
    await page.getByText('Không kết nối được máy chủ').waitFor()
    await page.unroute('**/api/v1/people')
    const keys: (string | undefined)[] = []
    page.on('request', request => {
      if (request.method() === 'POST') keys.push(request.headers()['idempotency-key'])
    })
    await button('Tạo lời mời').click()

    await heading('Lời mời cho Vi Thị Lan').waitFor()
    const qr = page.getByRole('img', { name: 'Mã QR của lời mời' })
    await expect
      .poll(() => qr.evaluate(image => image instanceof HTMLImageElement && image.naturalWidth))
      .toBeGreaterThan(9)
    await page.getByText('4815 1623').waitFor()
    await page.getByText(`${server.url}/#/enrol?k=${fixtureInvitation.secret}`).waitFor()
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/)
    expect(sent('POST', 'people').at(-1)?.body).toEqual({
      name: 'Vi Thị Lan',
      phone: '0912345678',
      kind: 'operational',
      organisation: 'ubnd-kim-lien',
      grants: [{ role: 'farmer', organisation: 'root' }],
      invite: 'phone'
    })
    expect(complaints().filter(text => !text.includes('ERR_FAILED'))).toEqual([])
  })

  test('one who is locked is unlocked for a reason, their rights are changed, their account disabled', async () => {
    await openAs('quan.tri', '/#/people/person-1')
    await heading('Nguyễn Văn An').waitFor()
    await page.locator('[data-locked]').waitFor()
    await button('Mở khóa').click()
    await page.getByLabel('Lý do').fill('Gọi điện xác nhận')
    await page.getByRole('dialog').getByRole('button', { name: 'Mở khóa' }).click()
    await expect.poll(() => page.locator('[data-locked]').count()).toBe(0)
    expect(sent('POST', 'people/person-1/unlock')[0]?.body).toEqual({ reason: 'Gọi điện xác nhận' })

    await page.getByRole('region', { name: 'Quyền' }).getByRole('button', { name: 'Sửa' }).click()
    await page.getByLabel('Vai trò').selectOption('operator')
    await button('Lưu').click()
    await page.getByRole('region', { name: 'Quyền' }).getByText('Vận hành').waitFor()

    await button('Tắt tài khoản').click()
    await page.getByRole('dialog').getByRole('button', { name: 'Tắt tài khoản' }).click()
    await page.locator('[data-state="disabled"]').waitFor()
    expect(complaints()).toEqual([])
  })
})

test('the navigation shows what the actions allow, and the pages say what they do not', async () => {
  await openAs('kiem.tra')
  expect(await page.getByRole('navigation').getByRole('link').allInnerTexts()).toEqual([
    'Trực tiếp',
    'Trạm thu',
    'Quy tắc',
    'Nhật ký'
  ])
  await page.evaluate(() => (location.hash = '#/people'))
  await page.getByText('Bạn không có quyền mở trang này.').waitFor()
})

test('a token is shown once, rotated and revoked', async () => {
  await openAs('quan.tri', '/#/tokens')
  await page.getByText('Chưa có mã nào.').waitFor()
  await button('Tạo mã').click()
  await page.getByLabel('Tên', { exact: true }).fill('Trạm bơm')
  await page.getByRole('dialog').getByRole('button', { name: 'Tạo mã' }).click()
  const shown = await page.getByRole('dialog').locator('code').innerText()
  expect(shown).toMatch(/^sen_/)
  await page.keyboard.press('Escape')
  expect(await page.getByRole('dialog').locator('code').innerText()).toBe(shown)
  await button('Tôi đã chép').click()
  await page.locator('[data-token]').waitFor()
  expect(await page.locator('body').innerText()).not.toContain(shown)

  await button('Đổi mã: Trạm bơm').click()
  await button('Đổi mã').click()
  await page.getByText(/Mã cũ còn dùng được đến/).waitFor()
  await button('Tôi đã chép').click()
  await button('Thu hồi: Trạm bơm').click()
  await button('Thu hồi').click()
  await page.getByText('Chưa có mã nào.').waitFor()
  expect(complaints()).toEqual([])
})

test('connections say how they are; one is tried out, added, paused and removed', async () => {
  await openAs('quan.tri', '/#/connections')
  const row = (name: string) => page.locator(`[data-connection="${name}"]`)
  await expect
    .poll(() => row('trai-bac').innerText())
    .toMatch(/im lặng bất thường[^]*thường cứ 2 phút[^]*ends in 8 days/)
  expect(await row('chirpstack').innerText()).toMatch(/không kết nối được[^]*ECONNREFUSED[^]*thử lại lúc/)
  await page.getByText('connector:trai-nam').waitFor()
  await button('Thêm kết nối').click()
  await page.getByLabel('Loại').selectOption('webhook')
  await page.getByLabel('Tên', { exact: true }).fill('ngoai')
  await page.getByLabel('Cách đọc bản tin (JSON)').fill('{')
  await button('Thử với bản tin mẫu').click()
  await page.getByText('Không phải JSON.').waitFor()
  await page.getByLabel('Cách đọc bản tin (JSON)').fill('{"device":"{$.id}"}')
  await button('Thử với bản tin mẫu').click()
  await page.getByText('air_temperature = 23.5').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Thêm kết nối' }).click()
  expect(await page.getByRole('dialog').locator('code').allInnerTexts()).toHaveLength(2)
  await button('Tôi đã chép').click()
  await row('ngoai').waitFor()
  await button('Tạm dừng: trai-bac').click()
  await button('Chạy lại: trai-bac').waitFor()
  await button('Xóa: ngoai').click()
  await button('Xóa').click()
  await row('ngoai').waitFor({ state: 'detached' })
  expect(complaints()).toEqual([])
})

test('roles are shown with what they allow, and own ones are made from them', async () => {
  await openAs('quan.tri', '/#/roles')
  expect(await page.locator('[data-role="auditor"] .has').allInnerTexts()).toHaveLength(2)
  await button('Thêm vai trò').click()
  await page.getByLabel('Mã vai trò').fill('Trưởng Trạm')
  await page.getByLabel('Tên tiếng Việt').fill('Trưởng trạm')
  await page.getByLabel('Tên tiếng Anh').fill('Station head')
  await page.getByLabel('Bắt đầu từ').selectOption('operator')
  await page.getByLabel('Xem nhật ký').check()
  await button('Lưu').click()
  await page.getByText('Chỉ gồm chữ thường không dấu, số và gạch nối.').waitFor()
  await page.getByLabel('Mã vai trò').fill('station-head')
  await button('Lưu').click()
  await page.locator('[data-role="station-head"]').getByText('Trưởng trạm').waitFor()

  expect(sent('POST', 'roles')[0]?.body['actions']).toContain('read-audit')
  expect(sent('POST', 'roles')[0]?.body['actions']).toContain('command')
})

test('the audit log is filtered, paged, and shows what changed as text', async () => {
  await openAs('quan.tri', '/#/audit')
  await page.locator('[data-audit]').first().waitFor()
  expect(await page.locator('[data-audit]').count()).toBe(100)
  const change = page.locator('[data-audit]', { hasText: 'người dùng: sửa' }).first()
  await change.locator('summary').click()
  expect(await change.locator('tbody tr').innerText()).toMatch(/state\s+active\s+disabled/)
  await button('Cũ hơn').click()
  await page.getByText('101–200').waitFor()
  await page.getByLabel('Kết quả').selectOption('denied')
  const outcomes = (locators: Element[]) => locators.map(element => element.getAttribute('data-outcome'))
  const shown = async () => [...new Set(await page.locator('[data-outcome]').evaluateAll(outcomes))]
  await expect.poll(shown).toEqual(['denied'])
  await page.getByLabel('Từ ngày').fill('2026-11-29')
  await expect.poll(() => sent('GET', 'audit').at(-1)?.query.get('from')).toBe('2026-11-28T17:00:00.000Z')
  expect(complaints()).toEqual([])
})

test('a display is paired by an administrator, and removed', async () => {
  await openAs('quan.tri', '/#/displays')
  access.pairing = { key: {}, state: 'waiting' }
  await button('Ghép màn hình').click()
  await page.getByLabel('Mã trên màn hình').fill('AAA AAA')
  await page.getByLabel('Tên màn hình').fill('Sảnh UBND')
  await button('Ghép').click()
  await page.getByText('Không có màn hình nào đang hiện mã này').waitFor()
  await page.getByLabel('Mã trên màn hình').fill('k7m 4tq')
  await button('Ghép').click()
  await page.locator('[data-display]').getByText('Sảnh UBND').waitFor()
  await button('Gỡ: Sảnh UBND').click()
  await button('Gỡ').click()
  await page.getByText('Chưa có màn hình nào.').waitFor()
})

test('the own account shows what there is, and signs out', async () => {
  await openAs('quan.tri', '/#/account')
  await page.getByText('quan.tri@nghean.gov.vn').waitFor()
  await page.getByText('Còn 8 mã dự phòng.').waitFor()
  await button('Đăng xuất').click()
  await heading('Đăng nhập').waitFor()
  await page.reload()
  await heading('Đăng nhập').waitFor()
})

test('every page is complete in English', async () => {
  await openAs('quan.tri')
  await page.getByRole('button', { name: 'English' }).click()
  const pages = [
    '#/',
    '#/people',
    '#/people/person-1',
    '#/roles',
    '#/tokens',
    '#/displays',
    '#/connections',
    '#/rules',
    '#/rules/lu-nam-dan',
    '#/audit',
    '#/account'
  ]
  for (const fragment of pages) {
    await page.evaluate(hash => (location.hash = hash), fragment)
    await page.locator('main h2, main h3').first().waitFor()
    await expect.poll(() => page.locator('main [aria-busy="true"]').count()).toBe(0)
    const shown = await page.locator('body').innerText()
    expect(shown, fragment).not.toMatch(/Đăng|Tài khoản|Mọi người|Nhật ký|Quyền|Thiết bị|Trạng thái|Vai trò|màn hình/)
    expect(await page.title(), fragment).not.toMatch(/[đạậệọ]/i)
  }
  expect(complaints()).toEqual([])
})

test.each(['vi', 'en'])('no page needs scrolling sideways at 360 px (%s)', async code => {
  await openAs('quan.tri', '/', {}, phone)
  if (code === 'en') await page.getByRole('button', { name: 'English' }).click()
  for (const fragment of [
    '#/people',
    '#/people/person-1',
    '#/roles',
    '#/tokens',
    '#/displays',
    '#/connections',
    '#/rules',
    '#/rules/lu-nam-dan',
    '#/audit',
    '#/account'
  ]) {
    await page.evaluate(hash => (location.hash = hash), fragment)
    await page.locator('main h2').first().waitFor()
    expect(await sideways(), fragment).toBe(0)
  }
  await page.getByRole('button', { name: code === 'en' ? 'Menu' : 'Trình đơn' }).click()
  await page.getByRole('link', { name: code === 'en' ? 'People' : 'Mọi người' }).click()
  await page.locator('[data-person]').first().waitFor()
})

test('a page that is gone to begins at its title, and dialogs give the focus back', async () => {
  await openAs('quan.tri', '/#/people')
  await page.getByRole('link', { name: 'Mã API' }).click()
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent.trim())).toBe('Mã API')
  await button('Tạo mã').focus()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent.trim())).toBe('Tạo mã')
})
