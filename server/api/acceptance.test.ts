import { describe, expect, test } from 'vitest'
import { qualityBits } from '../../model/quality.ts'
import { batchOf, rowOf } from '../../storage/series/sample-batches.ts'
import { startedApi } from './api.fixture.ts'
import type { Api } from './api.fixture.ts'

const gauge = '24e124136b000009'
const jpeg = Buffer.from('ffd8ffe000104a4649460001', 'hex').toString('base64')

/** A commune with a water-level gauge that was heard `times` times. */
async function installed(times: number, quality = 0): Promise<Api> {
  const api = await startedApi()
  const { administration, series } = api.services
  await administration.addOrganisation({ id: 'xa', name: 'Xã Kim Liên' })
  await administration.addSite({ id: 'cau', name: 'Cầu <Rộ>', organisation: 'xa' })
  const externalIds = { delivery: 'Lô 3' }
  await administration.addDevice({
    id: gauge,
    name: 'Cầu Rộ',
    site: 'cau',
    profile: 'milesight-em500-swl',
    externalIds
  })
  const values = { water_level: 1.2, battery_level: 99, rssi: -101, snr: -12, link_margin: 5.5 }
  const at = Date.now()
  for (const [i, [metric, value]] of Object.entries(values).entries()) {
    series.add({ id: i + 1, organisation: 'xa', device: gauge, metric })
    const rows = Array.from({ length: times }, (_, n) =>
      rowOf({
        series: i + 1,
        time: at - n * 60_000,
        value,
        at: i * 10 + 5 - n,
        quality: metric === 'water_level' ? quality : 0
      })
    )
    if (times > 0) await api.readings.write([batchOf(i * 10 + 9, rows)])
  }
  return api
}

describe('the acceptance of an installed device', () => {
  test('is "Chưa đạt" until heard often enough and levelled, then "Đạt"; it is recorded, with who and when', async () => {
    const api = await installed(3)
    const technician = await api.as('technician', 'xa')

    const before = await technician('GET', `/devices/${gauge}/acceptance`)
    expect(before.body).toMatchObject({
      isPassed: false,
      ...{ joinedAt: null, isJoinAwaited: true },
      recorded: null,
      results: [
        { criterion: 'heard', result: 'passed', found: 3 },
        { criterion: 'margin', result: 'passed', found: 5.5 },
        { criterion: 'plausible', result: 'passed' },
        { criterion: 'battery', result: 'passed', found: 99 },
        { criterion: 'mounting', result: 'failed', lacking: ['position', 'datumOffset', 'photo'] }
      ]
    })
    const mounting = { position: { latitude: 18.67, longitude: 105.5 }, datumOffset: 3.2 }
    await technician('PATCH', `/devices/${gauge}`, { mounting })
    expect((await technician('POST', `/devices/${gauge}/photo`, { photo: jpeg })).body).toMatchObject({
      mounting: { ...mounting, photo: expect.stringMatching(/^[0-9a-f]{64}$/) }
    })
    const recorded = await technician('POST', `/devices/${gauge}/acceptance`)
    expect([recorded.status, recorded.body]).toEqual([
      201,
      expect.objectContaining({ isPassed: true, recorded: expect.objectContaining({ id: 1, author: 'technician' }) })
    ])
    expect((await technician('GET', `/devices/${gauge}/acceptance`)).body).toMatchObject({
      recorded: { isPassed: true }
    })
  })

  test('fails by too few messages, by a value that cannot be', async () => {
    const technician = await (await installed(2, qualityBits.implausible)).as('technician', 'xa')

    const { results } = (await technician('GET', `/devices/${gauge}/acceptance`)).body as {
      readonly results: readonly { readonly criterion: string; readonly result: string; readonly lacking: unknown }[]
    }
    expect(results.slice(0, 3)).toMatchObject([
      { criterion: 'heard', result: 'failed', found: 2 },
      { criterion: 'margin', result: 'passed' },
      { criterion: 'plausible', result: 'failed', lacking: ['water_level'] }
    ])
  })

  test('is printed: a sheet for a device, and one for a delivery, in Vietnamese, with nothing of the data as markup', async () => {
    const api = await installed(3)
    const { token } = await api.services.administration.addToken({ name: 'in', role: 'viewer', organisation: 'xa' })
    const page = (url: string) =>
      api.app.inject({ url: `/api/v1${url}`, headers: { authorization: `Bearer ${token}` } })

    const sheet = await page(`/devices/${gauge}/acceptance/sheet`)
    const delivery = await page(`/acceptance/sheet?delivery=${encodeURIComponent('Lô 3')}`)
    const other = await page('/acceptance/sheet?delivery=other')

    expect(sheet.headers['content-type']).toContain('text/html')
    expect(sheet.body).toMatch(/Biên bản nghiệm thu[\s\S]*Cầu &lt;Rộ&gt;[\s\S]*chưa có cao trình[\s\S]*5,5 dB/)
    expect(sheet.body).toContain('<dt>Gia nhập mạng</dt><dd>chưa</dd>')
    expect(sheet.body).not.toMatch(/<script|style=/)
    expect(delivery.body).toContain('Đợt giao Lô 3')
    expect(delivery.body).toContain('Cầu Rộ')
    expect(other.body).not.toContain('Cầu Rộ')
  })

  test('takes no photo that is none', async () => {
    const technician = await (await installed(0)).as('technician', 'xa')
    const photo = Buffer.from('<svg onload="x">').toString('base64')

    expect((await technician('POST', `/devices/${gauge}/photo`, { photo })).status).toBe(400)
    expect((await technician('GET', `/devices/${gauge}/photo`)).status).toBe(404)
  })
})
