import { describe, expect, test } from 'vitest'
import {
  access,
  button,
  complaints,
  enterCode,
  heading,
  open,
  openAs,
  openNewTab,
  page,
  phone,
  sent,
  server,
  sideways,
  signIn
} from './access-console.ts'
import { fixtureCode, fixtureInvitation, fixturePairingCode, fixturePassword } from './fixture-access.ts'

describe('sign-in', () => {
  test('says that name or password are wrong, and lets in who has them right', async () => {
    await open()
    await heading('Đăng nhập').waitFor()
    expect(await page.getByLabel('Tên đăng nhập').getAttribute('autocomplete')).toBe('username webauthn')
    await signIn('xem', 'wrong')
    await page.getByText('Tên đăng nhập hoặc mật khẩu không đúng.').waitFor()
    await signIn('xem')
    await page.locator('[data-link="live"]').waitFor()

    expect(await page.locator('[data-device]').count()).toBe(12)
    expect(complaints()).toEqual([])
  })

  test('asks for the second factor only when the password is right, and says when it is wrong', async () => {
    await open()
    await signIn('quan.tri')
    await heading('Xác nhận lần hai').waitFor()
    expect(await page.getByRole('alert').allInnerTexts()).not.toContain('Mã xác nhận không đúng.')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('autocomplete'))).toBe('one-time-code')
    await enterCode('000000')
    await page.getByText('Mã xác nhận không đúng').waitFor()
    await enterCode()
    await page.locator('[data-link="live"]').waitFor()

    expect(sent('POST', 'session/password').map(({ body }) => body['code'])).toEqual([undefined, '000000', fixtureCode])
    expect(complaints()).toEqual([])
  })

  test('says until when an account is locked', async () => {
    await open()
    await signIn('khoa')
    await page.getByText(/Sai quá nhiều lần nên tạm khóa\. Thử lại từ \d\d:\d\d/).waitFor()
  })

  test('shows and hides the password, and lets it be pasted', async () => {
    await open()
    const field = page.getByLabel('Mật khẩu', { exact: true })
    await field.fill('bí mật')
    await button('Hiện: Mật khẩu').click()
    expect(await field.getAttribute('type')).toBe('text')
    await button('Ẩn: Mật khẩu').click()
    expect(await field.getAttribute('type')).toBe('password')
  })

  test('a lost link is said, what was entered stays, and the same button tries again', async () => {
    await open()
    await page.getByLabel('Tên đăng nhập').fill('xem')
    await page.getByLabel('Mật khẩu', { exact: true }).fill(fixturePassword)
    await server.stop()
    await button('Đăng nhập').click()
    await page.getByText('Không kết nối được máy chủ').waitFor()
    await server.start()
    await button('Đăng nhập').click()
    await page.locator('[data-link="live"]').waitFor()
  })

  test('leads to the page that was asked for', async () => {
    await openAs('quan.tri', '/#/audit')
    await heading('Nhật ký').waitFor()
  })
})

test('makes the first administrator, who must then turn on a second factor and keep the recovery codes', async () => {
  await open('/', { isNew: true })
  await heading('Thiết lập lần đầu').waitFor()
  access.step = 'second-factor'
  await page.getByLabel('Mã thiết lập').fill('WRONG')
  await page.getByLabel('Họ và tên').fill('Hồ Thị Sen')
  await page.getByLabel('Tên đăng nhập').fill('sen')
  await page.getByLabel('Mật khẩu', { exact: true }).fill('ngan')
  await button('Tạo tài khoản quản trị').click()
  expect(sent('POST', 'setup')).toEqual([])
  await page.getByLabel('Mật khẩu', { exact: true }).fill('Mat-khau-dai-1')
  await page.getByText('Mạnh, dùng một mình cũng được.').waitFor()
  await button('Tạo tài khoản quản trị').click()
  await page.getByText('Mã thiết lập không đúng hoặc đã dùng.').waitFor()
  await page.getByLabel('Mã thiết lập').fill('SETUP-1234')
  await button('Tạo tài khoản quản trị').click()

  await heading('Một bước nữa trước khi bắt đầu').waitFor()
  expect(await page.getByRole('navigation').count()).toBe(0)
  await page.getByRole('button', { name: /^Bật: Ứng dụng xác thực/ }).click()
  const qr = page.getByRole('img', { name: 'Mã QR cho ứng dụng xác thực' })
  await expect
    .poll(() => qr.evaluate(image => image instanceof HTMLImageElement && image.naturalWidth))
    .toBeGreaterThan(9)
  await page.getByLabel('6 số đang hiện trong ứng dụng').fill(fixtureCode)
  await button('Xác nhận').click()
  expect(await page.locator('[data-recovery-codes] li').count()).toBe(4)
  await button('Tôi đã cất các mã').click()
  await page.locator('[data-link="live"]').waitFor()
  expect(complaints()).toEqual([])
})

test('a password that must be changed stands before everything else', async () => {
  await open('/#/people', {}, {}, made => (made.step = 'change-password'))
  await signIn('xem')
  await page.getByText('Mật khẩu cần được đổi trước khi làm việc.').waitFor()
  await page.getByLabel('Mật khẩu hiện tại', { exact: true }).fill('wrong')
  await page.getByLabel('Mật khẩu mới', { exact: true }).fill('Mat-khau-khac-2')
  await button('Đổi mật khẩu').click()
  await page.getByText('Mật khẩu hiện tại không đúng.').waitFor()
  await page.getByLabel('Mật khẩu hiện tại', { exact: true }).fill(fixturePassword)
  await button('Đổi mật khẩu').click()

  await page.getByText('Bạn không có quyền mở trang này.').waitFor()
  expect(sent('GET', 'people')).toEqual([])
})

describe('an invited person on a phone', () => {
  async function enrol(): Promise<void> {
    await page.getByLabel('Mã dùng một lần (8 số)').fill('4815 1623')
    await button('Tiếp tục').click()
    await heading('Xin chào Vi Thị Lan').waitFor()
    await button('Tiếp tục').click()
    await page.getByText('Cần đồng ý mới dùng được hệ thống.').waitFor()
    await page.getByLabel('Tôi đã đọc và đồng ý').check()
    await button('Tiếp tục').click()
    await page.getByLabel('Mã PIN mới (6 số)').fill('123456')
    await page.getByText('Mã này quá dễ đoán.').waitFor()
    await page.getByLabel('Mã PIN mới (6 số)').fill('274913')
    await page.getByLabel('Nhập lại mã PIN').fill('274913')
    await button('Ghi danh điện thoại này').click()
    await heading('Đã ghi danh').waitFor()
  }

  test('enrols it, opens it by PIN, and is asked anew when it is opened again', async () => {
    await open(`/#/enrol?k=${fixtureInvitation.secret}`, {}, phone)
    await page.getByLabel('Mã dùng một lần (8 số)').fill('00000000')
    await button('Tiếp tục').click()
    await page.getByText('Mã không đúng, đã dùng hoặc đã hết hạn. Còn 4 lần thử.').waitFor()
    expect(await sideways()).toBe(0)
    await enrol()
    await button('Bắt đầu dùng').click()
    await page.locator('[data-link="live"]').waitFor()
    expect(page.url()).not.toContain(fixtureInvitation.secret)
    expect(sent('POST', 'enrolment/phone')[0]?.body['publicKey']).not.toHaveProperty('d')

    // A reload of an open page is no opening; a new opening is, even while the session lives.
    await page.reload()
    await page.locator('[data-link="live"]').waitFor()
    await openNewTab()
    await page.locator('[data-lock]').waitFor()
    await page.getByLabel('Mã PIN (6 số)').fill('111111')
    await page.getByText('Mã PIN không đúng. Còn 4 lần thử.').waitFor()
    await page.getByLabel('Mã PIN (6 số)').fill('274913')
    await page.locator('[data-link="live"]').waitFor()
    expect(await page.locator('[data-lock]').count()).toBe(0)

    // As if it had been out of sight for more than five minutes.
    await page.evaluate(() => sessionStorage.setItem('sen.seen-at', String(Date.now() - 301_000)))
    await page.locator('[data-lock]').getByLabel('Mã PIN (6 số)').waitFor()
    await expect.poll(() => sent('DELETE', 'session').length).toBeGreaterThan(1)
    await page.getByLabel('Mã PIN (6 số)').fill('274913')
    await expect.poll(() => page.locator('[data-lock]').count()).toBe(0)
    expect(complaints()).toEqual([])
  })

  test('finds out that the phone was revoked, and is led to enrol again', async () => {
    await open(`/#/enrol?k=${fixtureInvitation.secret}`, {}, phone)
    await enrol()
    await button('Bắt đầu dùng').click()
    await page.locator('[data-link="live"]').waitFor()
    access.endSessions()
    access.devices.clear()
    await page.reload()
    await page.getByLabel('Mã PIN (6 số)').fill('274913')
    await page.getByText('Thiết bị này không còn được công nhận').waitFor()

    await page.getByLabel('Số điện thoại').fill('091 234 5678')
    await enrol()
    expect(sent('POST', 'enrolment/open').at(-1)?.body).toEqual({
      phone: fixtureInvitation.phone,
      code: fixtureInvitation.code
    })
  })

  test('adds a passkey and opens the phone by fingerprint', async () => {
    await open('/#/nowhere', {}, phone)
    const protocol = await page.context().newCDPSession(page)
    await protocol.send('WebAuthn.enable')
    await protocol.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true
      }
    })
    await page.goto(`${server.url}/#/enrol?k=${fixtureInvitation.secret}`)
    await enrol()
    await button('Bật mở bằng vân tay').click()
    await page.getByText('Đã bật mở bằng vân tay.').waitFor()
    await button('Bắt đầu dùng').click()
    await page.locator('[data-link="live"]').waitFor()

    access.endSessions()
    await page.reload()
    await button('Dùng vân tay').click()
    await page.locator('[data-link="live"]').waitFor()
    expect(sent('POST', 'session/passkey').length).toBe(1)
    expect(complaints()).toEqual([])
  })
})

describe('the lock', () => {
  test('stands over the page when the session has ended, and gives it back as it was', async () => {
    await openAs('quan.tri', '/#/people')
    await button('Mời người mới').click()
    await page.getByLabel('Họ và tên').fill('Vi Thị Lan')
    access.endSessions()
    await page.getByLabel('Số điện thoại').fill('0912345678')
    await button('Tạo lời mời').click()
    await heading('Phiên đã khóa').waitFor()
    await page.locator('[data-lock]').getByText('Đang chờ Nguyễn Thị Quản Trị').waitFor()
    await signIn('quan.tri')
    await enterCode()

    await expect.poll(() => page.locator('[data-lock]').count()).toBe(0)
    expect(await page.getByLabel('Họ và tên').inputValue()).toBe('Vi Thị Lan')
    await button('Tạo lời mời').click()
    await heading('Lời mời cho Vi Thị Lan').waitFor()
  })

  test('leaves nothing of the one before to another who signs in', async () => {
    await openAs('quan.tri', '/#/people')
    await page.locator('[data-person]').first().waitFor()
    access.endSessions()
    await page.getByRole('link', { name: 'Nhật ký' }).click()
    await heading('Phiên đã khóa').waitFor()
    await signIn('xem')
    await page.locator('[data-link="live"]').waitFor()

    expect(page.url()).toBe(`${server.url}/#/`)
    expect(await page.locator('[data-person]').count()).toBe(0)
  })

  test('comes by itself when nothing happens, after a warning; input keeps it away', async () => {
    await openAs('xem', '/', { idleAfterS: 5 })
    await page.locator('[data-link="live"]').waitFor()
    await page.getByText(/Phiên sẽ khóa sau \d giây/).waitFor()
    const before = sent('GET', 'session').filter(call => !call.isBackground).length
    await page.keyboard.press('Shift')
    await expect.poll(() => sent('GET', 'session').filter(call => !call.isBackground).length).toBeGreaterThan(before)
    // Telling the server of input does not touch what is shown; and what the page asks by itself is no input.
    expect(server.liveRequests.filter(({ resource }) => resource === 'events')).toEqual([
      { resource: 'events', isBackground: true }
    ])
    expect(server.liveRequests.filter(({ isBackground }) => !isBackground)).toEqual([])
    access.endSessions()
    await heading('Phiên đã khóa').waitFor()
  })
})

test('one who has left at the lock makes room for another', async () => {
  await open()
  await signIn('xem')
  await page.locator('[data-link="live"]').waitFor()
  access.endSessions()
  await server.stop()
  await server.start()
  await heading('Phiên đã khóa').waitFor()
  await button('Đăng nhập bằng tài khoản khác').click()
  await heading('Đăng nhập').waitFor()
  expect(await page.locator('[data-device]').count()).toBe(0)
  await page.evaluate(() => (location.hash = '#/sign-in'))
  await signIn('kiem.tra')
  await page.locator('[data-link="live"]').waitFor()
  expect(page.url()).toBe(`${server.url}/#/`)
})

describe('a wall display', () => {
  test('shows a code, opens once it is admitted, and signs itself in again whenever its session ends', async () => {
    await open('/#/display', {}, { viewport: { width: 1920, height: 1080 } })
    await page.locator('[data-pairing-code]').waitFor()
    expect((await page.locator('[data-pairing-code]').innerText()).replace(' ', '')).toBe(fixturePairingCode)
    const cookie = await administrator()
    await admit(cookie)
    await page.locator('[data-link="live"]').waitFor()
    await page.getByText('UBND xã Kim Liên').first().waitFor()
    expect(await page.getByRole('navigation').count()).toBe(0)

    access.endSessions()
    await server.stop()
    await page.locator('[data-link="lost"]').waitFor()
    await server.start()
    await page.locator('[data-link="live"]').waitFor()
    expect(sent('POST', 'session/device').length).toBe(2)
    expect(access.calls.filter(({ path }) => path.startsWith('session/device')).every(call => call.isBackground)).toBe(
      true
    )
    expect(complaints().filter(text => !/ERR_/.test(text))).toEqual([])
  })

  async function administrator(): Promise<string> {
    const answer = await access.answer({
      method: 'POST',
      path: 'session/password',
      query: new URLSearchParams(),
      body: { login: 'quan.tri', password: fixturePassword, code: fixtureCode },
      isBackground: false,
      cookie: undefined
    })
    return answer.cookie ?? ''
  }

  async function admit(cookie: string): Promise<void> {
    await access.answer({
      method: 'POST',
      path: 'displays',
      query: new URLSearchParams(),
      body: { code: fixturePairingCode, name: 'Sảnh UBND', organisation: 'ubnd-kim-lien' },
      isBackground: false,
      cookie
    })
  }
})
