import { expect, it } from 'vitest'
import { exampleNames, raisedAt } from '../../alarms/lifecycle/alarm-examples.ts'
import { recipientDraft } from '../../model/recipient.ts'
import { startedApi } from './api.fixture.ts'
import type { Api } from './api.fixture.ts'

const settings = { host: 'mail.example.vn', from: 'sen@example.vn', user: 'sen' }
const mail = { id: 'mail', kind: 'email', name: 'Mail', settings, secrets: { password: 'bi-mat-lam' } }
const esms = {
  ...{ id: 'sms', kind: 'sms-esms', name: 'eSMS', settings: { brandname: 'SEN' } },
  secrets: { apiKey: 'khoa', secretKey: 'bi-mat-hon' }
}

async function commune(): Promise<Api> {
  const api = await startedApi()
  const { administration } = api.services
  await administration.addOrganisation({ id: 'nam-dan', name: 'Nam Đàn', parent: 'root', kind: 'commune' })
  await administration.addSite({ id: 'cau-rong', name: 'Cầu Rồng', organisation: 'nam-dan' })
  return api
}

it('keeps channels with sealed secrets that are never shown, and refuses settings that open nothing', async () => {
  const api = await commune()
  const admin = await api.as('administrator')
  expect((await admin('POST', '/notify/channels', mail)).status).toBe(201)
  expect(await admin('POST', '/notify/channels', mail)).toMatchObject({ status: 409 })
  expect(await admin('POST', '/notify/channels', { ...mail, id: 'x', settings: {} })).toMatchObject({ status: 400 })
  const changed = await admin('PATCH', '/notify/channels/mail', { name: 'Thư', isEnabled: false })
  expect(changed.body).toMatchObject({ name: 'Thư', settings, state: 'paused', has: ['password'] })
  const list = await admin('GET', '/notify/channels')
  expect(JSON.stringify(list.body)).not.toContain('bi-mat')
  expect(JSON.stringify(await api.state.notices.channels())).not.toContain('bi-mat')
  expect(JSON.stringify((await admin('GET', '/audit')).body)).not.toContain('bi-mat')
  expect((await admin('DELETE', '/notify/channels/mail')).status).toBe(204)
})

it('keeps recipients, and lends no channel to organisations that do not own it', async () => {
  const api = await commune()
  const admin = await api.as('administrator')
  await admin('POST', '/notify/channels', { ...esms, organisation: 'nam-dan' })
  const an = { organisation: 'nam-dan', name: 'An', phone: '0912 345 678', channels: ['sms'] }
  const { status, body } = await admin('POST', '/recipients', an)
  expect([status, body]).toMatchObject([
    201,
    { id: 'contact:1', phone: '+84912345678', language: 'vi', lastTest: null }
  ])
  expect((await admin('POST', '/recipients', { ...an, organisation: 'root' })).status).toBe(400)
  const quiet = { from: '22:00', to: '06:00' }
  expect((await admin('PATCH', '/recipients/contact:1', { quiet, phone: null })).body).toMatchObject({
    quiet,
    name: 'An'
  })
  expect((await admin('PATCH', '/recipients/contact:1', { quiet: { from: 'x' } })).status).toBe(400)
  const manager = await api.as('administrator', 'nam-dan')
  expect((await manager('GET', '/recipients/contact:1')).status).toBe(200)
  expect((await manager('DELETE', '/recipients/contact:1')).status).toBe(204)
})

it('says who is on duty at a site, by the rota, and who comes next', async () => {
  const api = await commune()
  const admin = await api.as('administrator')
  await admin('POST', '/notify/channels', esms)
  for (const name of ['An', 'Bình', 'Chi'])
    await admin('POST', '/recipients', { organisation: 'nam-dan', name, phone: '0912345678', channels: ['sms'] })
  const begins = Date.now() - 90 * 60_000
  const turns = [['contact:2'], ['contact:1']]
  const rota = { organisation: 'root', name: 'Trực', begins, turnHours: 1, turns }
  expect((await admin('PUT', '/notify/rotas/truc', rota)).status).toBe(200)
  const chain = [{ rota: 'truc' }, { recipients: ['contact:3'] }]
  expect((await admin('PUT', '/notify/policies/lu', { organisation: 'root', name: 'Lũ', chain })).status).toBe(200)
  expect((await admin('PUT', '/notify/policies/lu', { organisation: 'root', name: 'Lũ', chain: [] })).status).toBe(400)
  const farmer = await api.as('farmer', 'nam-dan')
  expect((await farmer('GET', '/sites/cau-rong/contact')).body).toMatchObject({
    items: [
      { name: 'An', stage: 1, phone: '+84912345678' },
      { name: 'Chi', stage: 2 }
    ]
  })
})

it('shows how a message will read before anything is saved', async () => {
  const api = await commune()
  const admin = await api.as('administrator')
  const words = { vi: 'Báo động II', en: 'Alarm II' }
  const facts = { severity: 'high', what: { vi: 'Mực nước sông Lam' }, levelName: words, subject: 'Nam Đàn' }
  const { body } = await admin('POST', '/notify/preview', facts)
  const { vi } = body as { vi: { sms: string; smsSeptets: number } }
  expect(vi.sms).toMatch(/^[\x20-\x7e\n]*$/)
  expect(vi.smsSeptets).toBeLessThanOrEqual(160)
})

it('lets only who knows the address report, and takes what people answer', async () => {
  const api = await commune()
  const admin = await api.as('administrator')
  const channel = (await admin('POST', '/notify/channels', esms)).body as { reportUrl: string }
  const path = new URL(channel.reportUrl).pathname
  const ask = async (url: string) =>
    (await api.app.inject({ method: 'GET', url: `${url}?SMSID=1&SendStatus=5` })).statusCode
  expect(await ask(path)).toBe(200)
  expect(await ask(`${path}x`)).toBe(404)
})

it('acknowledges by a page with one button, and by nothing less', async () => {
  const api = await commune()
  const { notifier } = api.services
  const recipient = await api.state.notices.addRecipient(
    recipientDraft.parse({ organisation: 'nam-dan', name: 'An' }),
    undefined
  )
  const alarm = await raised(api)
  notifier.roster.forget()
  await api.state.notices.apply([], [notifier.links.kept(alarm, recipient, Date.now())], Date.now())
  const url = new URL(notifier.links.answerable(alarm, recipient).link).pathname
  const state = async () => (await api.state.alarms.alarm(alarm))?.state
  const page = await api.app.inject({ method: 'GET', url })
  expect([page.statusCode, await state()]).toEqual([200, 'unacknowledged'])
  expect(page.body).toContain('Tôi đã nhận')
  expect(page.body).not.toContain('<script')
  expect((await api.app.inject({ method: 'HEAD', url })).statusCode).toBe(200)
  expect(await state()).toBe('unacknowledged')
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const pressed = await api.app.inject({ method: 'POST', url, headers: form, payload: '' })
  expect([pressed.statusCode, pressed.headers.location, await state()]).toEqual([303, url, 'acknowledged'])
  expect((await api.app.inject({ method: 'GET', url })).body).toContain('Đã xác nhận')
  expect((await api.app.inject({ method: 'POST', url, headers: form, payload: '' })).statusCode).toBe(303)
  const guessed = await api.app.inject({ method: 'POST', url: `/a/${'A'.repeat(22)}`, headers: form, payload: '' })
  expect(guessed.statusCode).toBe(404)
})

async function raised(api: Api): Promise<string> {
  const change = raisedAt(1)
  await api.state.alarms.take([{ change, names: { ...exampleNames, organisation: 'nam-dan' } }], [], undefined)
  return change.alarm
}
