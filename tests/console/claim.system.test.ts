import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chirpStackEvent, movedTo } from '../events/chirpstack-events.ts'
import { ConsolePhone } from './console-phone.fixture.ts'
import { qrPhotoPage, qrVideo } from './qr-pictures.fixture.ts'

/* How a technician brings devices in, on a phone: heard ones, by QR code, by file; until they are accepted. */

const heard = 'a84041ffff1c2d01'
/** LoRa Alliance TR005, without a checksum. */
const label = 'LW:D0:A840410000000101:A84041FFFF1C2D07:A8400101:SLSE01-0007'
let folder: string
let phone: ConsolePhone
let connector: string
let frames = 0

/** A frame of a Dragino LSE01, as ChirpStack's HTTP integration posts it. */
async function frame(devEui: string, minutesAgo: number): Promise<void> {
  const event = movedTo(chirpStackEvent('up'), Date.now() - minutesAgo * 60_000, { fCnt: ++frames })
  const payload = event.payload as { readonly deviceInfo: object }
  const response = await fetch(`${phone.on.ready.http}/api/v1/ingest/chirpstack?event=up`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Basic ${btoa(connector)}` },
    body: JSON.stringify({ ...payload, deviceInfo: { ...payload.deviceInfo, devEui } })
  })
  expect(response.ok).toBe(true)
}

const button = (name: string) => phone.page.getByRole('button', { name, exact: true })
const field = (name: string) => phone.page.getByLabel(name, { exact: true })
const dialog = () => phone.page.getByRole('dialog')
const text = (words: string | RegExp) => phone.page.getByText(words)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sen-camera-'))
  const video = join(folder, 'label.y4m')
  await writeFile(video, qrVideo(label))
  const camera = ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream']
  phone = await ConsolePhone.start([...camera, `--use-file-for-fake-video-capture=${video}`])
  await phone.ask('POST', '/sites', { id: 'dong-lua', name: 'Đồng lúa Kim Liên' })
  const login = await phone.ask('POST', '/connectors', { type: 'chirpstack', name: 'cs-tinh' })
  const { username, password } = login as { readonly username: string; readonly password: string }
  connector = `${username}:${password}`
}, 120_000)

afterAll(async () => {
  await phone.remove()
  await rm(folder, { recursive: true, force: true })
})

describe('bringing devices in on a phone', { timeout: 90_000 }, () => {
  it('claims what was heard; its readings appear, and acceptance says what is missing until nothing is', async () => {
    const { page } = phone
    for (const minutesAgo of [20, 10]) await frame(heard, minutesAgo)
    await phone.open('#/unclaimed')
    const row = page.locator(`[data-device="${heard}"]`)
    await row.getByText(/Có lẽ là .*LSE01/).waitFor()
    await row.getByText(/Độ ẩm đất 19,57%/).waitFor()
    expect(await phone.faults('unclaimed')).toEqual([])
    await row.getByRole('button', { name: `Nhận: ${heard}` }).click()
    await dialog().getByLabel('Tên (không bắt buộc)').fill('Ruộng 1')
    expect(await phone.faults('claim')).toEqual([])
    await dialog().getByRole('button', { name: 'Nhận', exact: true }).click()
    await text('Đã nhận Ruộng 1.').waitFor()

    await phone.open('#/')
    await page.locator(`[data-device="${heard}"] [data-metric="soil_moisture"]`).getByText('19,57').waitFor()
    expect(await phone.faults('live')).toEqual([])
    await page.getByRole('link', { name: 'Ruộng 1' }).click()

    await page.locator('.verdict', { hasText: 'Chưa đạt' }).waitFor()
    const criterion = (name: string) => page.locator('li', { hasText: name })
    await criterion('Đã nhận ít nhất 3 bản tin').getByText('Chưa đạt (2)').waitFor()
    await criterion('Pin tốt').getByText('Đạt (3,63 V)').waitFor()
    await criterion('Đủ thông tin lắp đặt').getByText('vị trí, độ cao, ảnh').waitFor()
    expect(await phone.faults('device')).toEqual([])
    // It was heard before it was registered, so nobody waits for it to join.
    await text('chưa gia nhập').waitFor({ state: 'detached' })
    // The page looks again by itself.
    await frame(heard, 0)
    await criterion('Đã nhận ít nhất 3 bản tin').getByText('Đạt (3)', { exact: false }).waitFor()
    await field('Vĩ độ').fill('18,6712')
    await field('Kinh độ').fill('105,5')
    await field('Độ cao lắp so với mặt đất, m').fill('-0,2')
    const photo = { name: 'ruong.png', mimeType: 'image/png', buffer: await page.screenshot() }
    await field('Ảnh lắp đặt').setInputFiles(photo)
    await button('Lưu').click()
    await page.locator('.verdict').getByText('Đạt', { exact: true }).waitFor()
    await button('Ghi kết luận').click()
    await text(/^Đã ghi: Đạt/).waitFor()
    expect(await phone.faults('accepted')).toEqual([])

    const sheet = await page.context().newPage()
    await sheet.goto(`${phone.on.origin}/api/v1/devices/${heard}/acceptance/sheet`)
    await sheet.getByText(/^Kết luận số 1: Đạt/).waitFor()
    await sheet.close()
    expect(phone.complaints).toEqual([])
  })

  it('reads the QR code of a label by camera and from a photo, into the form of the claim', async () => {
    const { page } = phone
    await phone.open('#/unclaimed')
    await button('Nhận theo mã QR').click()
    await button('Quét bằng máy ảnh').click()
    await dialog().getByText('Nhận thiết bị a84041ffff1c2d07').waitFor()
    expect(await dialog().getByLabel('Số sê-ri (không bắt buộc)').inputValue()).toBe('LSE01-0007')
    await button('Hủy').click()

    const other = label.replace('2D07', '2D08')
    const drawing = await page.context().newPage()
    await drawing.setContent(await qrPhotoPage(other))
    const photo = { name: 'nhan.png', mimeType: 'image/png', buffer: await drawing.screenshot() }
    await drawing.close()
    await button('Nhận theo mã QR').click()
    const camera = page.getByLabel('Ảnh của mã', { exact: true })
    await camera.setInputFiles({ ...photo, buffer: await page.screenshot() })
    await text(/^Không thấy mã QR trong ảnh/).waitFor()
    expect(await phone.faults('label')).toEqual([])
    await camera.setInputFiles(photo)
    await dialog().getByText('Nhận thiết bị a84041ffff1c2d08').waitFor()
    await dialog().getByRole('button', { name: 'Nhận', exact: true }).click()
    await page.getByRole('link', { name: 'Mở thiết bị' }).click()
    await text('chưa gia nhập').waitFor()
    expect(phone.complaints).toEqual([])
  })

  it('takes a delivery by file: a check names the bad row and its rule, the good ones are registered', async () => {
    const { page } = phone
    const lines = [
      'Mã thiết bị;Tên;Hồ sơ;Điểm đo',
      'A84041FFFF1C2D11;Ruộng 11;dragino-lse01;Đồng lúa Kim Liên',
      'A84041FFFF1C2D;Ruộng 12;dragino-lse01;Đồng lúa Kim Liên',
      'A84041FFFF1C2D13;Ruộng 13;dragino-lse01;dong-lua'
    ]
    await phone.open('#/delivery')
    const buffer = Buffer.from(`\uFEFF${lines.join('\r\n')}\r\n`)
    await field('Tệp').setInputFiles({ name: 'lo-3.csv', mimeType: 'text/csv', buffer })
    await page.getByLabel('Tên đợt giao (không bắt buộc)').fill('Lô 3')
    await button('Kiểm tra').click()
    await text('3 dòng: 2 tốt, 1 lỗi.').waitFor()
    expect(await page.locator('tbody tr').innerText()).toMatch(
      /^3\s+Mã thiết bị\s+A84041FFFF1C2D\s+phải là 16 chữ số thập lục phân\s*$/
    )
    expect(await phone.faults('delivery')).toEqual([])
    expect(await phone.ask('GET', '/devices?site=dong-lua')).toMatchObject({ items: { length: 2 } })
    await button('Chỉ nhận 2 dòng tốt').click()
    await text(/^Đã nhận 2 thiết bị\./).waitFor()
    expect(await phone.faults('delivered')).toEqual([])
    const { items } = (await phone.ask('GET', '/devices?site=dong-lua')) as { items: readonly { name: string }[] }
    expect(items.map(({ name }) => name)).toEqual(expect.arrayContaining(['Ruộng 11', 'Ruộng 13']))
    expect(phone.complaints).toEqual([])
  })
})
