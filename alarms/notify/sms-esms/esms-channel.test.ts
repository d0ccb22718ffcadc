import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failures, never, signalFor, testNotice, testTools, TestProvider } from '../channel.fixture.ts'
import { EsmsChannel } from './esms-channel.ts'
import { esmsSettings } from './settings.ts'

const provider = new TestProvider()
beforeAll(() => provider.start())
afterAll(() => provider.stop())

const reportUrl = 'https://sen.example.vn/notify/esms/report/r-77'
const secrets = { apiKey: 'API-KEY-1', secretKey: 'SECRET-KEY-2' }
const opened = (settings: object = {}) =>
  new EsmsChannel({
    ...{ settings: esmsSettings.parse({ brandname: 'SEN', url: provider.url, ...settings }), secrets },
    tools: testTools({ reportUrl })
  })

describe('an SMS through eSMS', () => {
  it('leaves as documented, without diacritics, with the key of the notice as its RequestId', async () => {
    provider.answers({ CodeResult: '100', CountRegenerate: 0, SMSID: 'd8e0' })
    const channel = opened()

    expect(await channel.send(testNotice(), never)).toEqual({ ok: true, reference: 'k-1f0c9a', detail: '100' })
    expect(provider.asked[0]?.path).toBe('/MainService.svc/json/SendMultipleMessage_V4_post_json/')
    expect(provider.json).toEqual({
      ...{ ApiKey: 'API-KEY-1', SecretKey: 'SECRET-KEY-2', Phone: '0987654321', Brandname: 'SEN', SmsType: '2' },
      ...{ IsUnicode: '0', Sandbox: '0', RequestId: 'k-1f0c9a', CallbackUrl: reportUrl },
      Content: expect.stringMatching(/^CB ky thuat TANG: Bao dong II, Tram Nam Dan/)
    })
    await channel.stop()
  })

  it('is as registered with the carriers where a content is given; an answer is not asked for, for nobody can send one', async () => {
    provider.answers({ CodeResult: '100' })
    const channel = opened({ content: 'SEN thong bao: {level} tai {station}. {value}.' })
    await channel.send(testNotice(), never)
    expect(provider.json).toMatchObject({
      Content: 'SEN thong bao: Bao dong II tai Tram Nam Dan. Muc nuoc 7,10 m, tren bao dong II la 0,20 m.'
    })
    await channel.stop()

    const free = opened()
    await free.send(testNotice(), never)
    expect(provider.json).toMatchObject({ Content: expect.not.stringContaining('4821') })
    expect(esmsSettings.safeParse({ brandname: 'SEN', content: '{process}' }).success).toBe(false)
    await free.stop()
  })

  it('counts as sent when eSMS has had it before', async () => {
    provider.answers({ CodeResult: '124', ErrorMessage: 'RequestId is duplicated' })
    const channel = opened()

    expect(await channel.send(testNotice(), never)).toMatchObject({ ok: true, reference: 'k-1f0c9a' })
    await channel.stop()
  })

  it.each([
    ...['99', '108', '177'].map(code => [code, 'recipient'] as const),
    ...['101', '102', '103', '104', '118', '140', '146', '999'].map(code => [code, 'channel'] as const)
  ])('code %s is %s', async (CodeResult, refusal) => {
    provider.answers({ CodeResult, CountRegenerate: 0, ErrorMessage: 'as eSMS says for API-KEY-1' })
    const channel = opened()

    const outcome = await channel.send(testNotice(), never)
    expect(outcome).toEqual({ ok: false, refusal, detail: `${CodeResult} as eSMS says for ***` })
    await channel.stop()
  })

  it.each([...failures, ['garbage', '<html>SECRET-KEY-2</html>', 'channel'] as const])(
    '%s is no success and no throw',
    async (_, answer, refusal) => {
      provider.answers(answer)
      const channel = opened()

      const outcome = await channel.send(testNotice(), signalFor(answer))
      expect(outcome).toMatchObject({ ok: false, refusal })
      expect(JSON.stringify(outcome)).not.toContain('SECRET')
      await channel.stop()
    }
  )
})

it('reads the calls by which eSMS reports', () => {
  const channel = opened()
  const reported = (text: string) =>
    channel.reports({ query: Object.fromEntries(new URLSearchParams(text)), body: '', headers: {} })

  const call =
    'SMSID=dc712784&SendFailed=0&SendStatus=5&SendSuccess=1&TotalReceiver=1&TotalSent=1&RequestId=k-1f0c9a&TypeId=2'
  expect(reported(call)).toEqual([{ reference: 'k-1f0c9a', state: 'reached', detail: 'SendStatus 5' }])
  expect(reported(call.replace('SendSuccess=1', 'SendSuccess=0'))).toMatchObject([{ state: 'failed' }])
  expect(reported(call.replace('SendStatus=5', 'SendStatus=7'))).toEqual([])
  expect(reported('RequestId=&SendStatus=5')).toEqual([])
})

it('asks for the balance', async () => {
  const channel = opened({ leastBalance: 30_000 })
  provider.answers({ Balance: 36_693, CodeResponse: '100', UserID: 9999 })
  expect(await channel.check(never)).toEqual({ ok: true, detail: '100 balance 36693 đ' })
  provider.answers({ Balance: 500, CodeResponse: '100', UserID: 9999 })
  expect(await channel.check(never)).toMatchObject({ ok: false })
  provider.answers({ Balance: 0, CodeResponse: '101', ErrorMessage: 'Authorize Failed' })
  expect(await channel.check(never)).toMatchObject({ ok: false, detail: '101 balance 0 đ' })
  await channel.stop()
})
