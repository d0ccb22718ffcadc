import { expect, it } from 'vitest'
import type { JournalRecord } from '../journal/journal.ts'
import { SenError } from '../model/errors.ts'
import { deviceOf, newDisk, processOn, siteOf, started } from './administration.fixture.ts'

it('a change refused for a full log does not come back at the next start', async () => {
  const disk = await newDisk()
  let isFull = false
  const raw = {
    append: (records: readonly JournalRecord[]) =>
      isFull ? Promise.reject(new SenError('SEN_JOURNAL_FULL', 'append raw: no room')) : disk.raw.append(records),
    status: () => disk.raw.status(),
    reader: (n: string) => disk.raw.reader(n)
  }
  const one = await processOn(disk, { raw })
  await one.administration.start()
  for (const s of ['a', 'b', 'c']) await one.administration.addSite(siteOf(s))
  await one.administration.addDevice(deviceOf('d', 'a'))
  isFull = true
  await expect(one.administration.changeDevice(deviceOf('d', 'b'))).rejects.toMatchObject({ code: 'SEN_JOURNAL_FULL' })
  isFull = false
  await one.administration.changeDevice(deviceOf('d', 'c'))
  const next = await processOn(disk)
  await next.administration.start()
  expect(next.registry.devices.get('d')?.site).toBe('c')
})

it('of two adds of one id at once, one is refused', async () => {
  const { administration, registry } = await started()
  await administration.addSite(siteOf('a'))
  await administration.addSite(siteOf('b'))
  const both = await Promise.allSettled([
    administration.addDevice(deviceOf('d', 'a')),
    administration.addDevice(deviceOf('d', 'b'))
  ])
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  expect(registry.devices.get('d')?.site).toBe('a')
})

it('a login asked for while its device is being removed is refused', async () => {
  const { administration, registry } = await started()
  await administration.addSite(siteOf('a'))
  await administration.addDevice(deviceOf('d', 'a'))
  const removal = administration.removeDevice('d')
  await expect(administration.deviceCredential('d')).rejects.toMatchObject({ code: 'SEN_NOT_FOUND' })
  await removal
  expect(registry.devices.has('d')).toBe(false)
})
