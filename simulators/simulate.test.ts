import { expect, test } from 'vitest'
import { simulate } from './simulate.ts'

const nobody = { username: 'a', password: 'b' }
const url = 'mqtt://127.0.0.1:1'
const credentials = { connector: nobody, sites: { 'nong-trai-nam-dan': nobody, 'nong-trai-quynh-luu': nobody } }
const signal = AbortSignal.abort()

test.each([
  ['devices', { devices: 70_000 }],
  ['devices', { devices: 1.5 }],
  ['rate', { rate: 0 }],
  ['rate', { rate: Number.NaN }],
  ['nong-trai-quynh-luu', { credentials: { connector: nobody, sites: { 'nong-trai-nam-dan': nobody } } }]
])('refuses a simulation with a wrong %s and names it', async (name, options) => {
  await expect(simulate({ url, credentials, signal, ...options })).rejects.toMatchObject({
    code: 'SEN_INPUT_INVALID',
    message: expect.stringContaining(name)
  })
})

test('ends at once when told so, though no broker is there', async () => {
  expect(await simulate({ url, credentials, signal })).toEqual({ published: 0, acknowledged: 0, dropped: 0 })
})
