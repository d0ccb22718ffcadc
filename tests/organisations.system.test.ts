import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SenProcess } from './sen-process.ts'

/* The tree of a province on the command line of a running Sen, and readings by place; through kill -9. */
let sen: SenProcess
let token: string

beforeAll(async () => {
  sen = await SenProcess.create()
  await sen.start()
  token = await sen.sen('token', '--role', 'administrator')
}, 120_000)

afterAll(async () => {
  await sen.remove()
})

const rows = async (...words: readonly string[]) => (await sen.sen(...words)).split('\n').map(line => line.split('\t'))

interface Latest {
  readonly items: readonly { readonly device: string }[]
}

const latestIn = async (place: string): Promise<readonly string[]> =>
  ((await sen.get(`/readings/latest?place=${place}`, token)) as Latest).items.map(({ device }) => device).sort()

describe('a province', { timeout: 120_000 }, () => {
  it('has its communes and agencies by one command, which adds nothing twice', async () => {
    const first = await sen.sen('organisation', 'import')
    expect(first).toBe('added 130 communes and wards, 56 agencies; 0 were there')
    const again = await sen.sen('organisation', 'import', 'nghe-an')
    expect(again).toBe('added 0 communes and wards, 0 agencies; 186 were there')
    const listed = await rows('organisation', 'list')
    expect(listed).toHaveLength(187)
    expect(listed).toContainEqual(['root', 'province', '', '', 'Tỉnh Nghệ An'])
    expect(listed).toContainEqual(['xa-kim-lien', 'commune', 'root', '17971', 'Xã Kim Liên'])
    expect(listed).toContainEqual(['so-y-te', 'agency', 'root', '', 'Sở Y tế'])
  })

  it('takes more organisations, and gives them up when nothing belongs to them', async () => {
    await sen.sen('organisation', 'add', 'htx-kim-lien', '--parent', 'xa-kim-lien', '--kind', 'cooperative')
    await sen.sen('site', 'add', 'bai-hung-tien', '--organisation', 'htx-kim-lien')
    await expect(sen.sen('organisation', 'remove', 'htx-kim-lien')).rejects.toThrow(/still has site bai-hung-tien/)
    await sen.sen('site', 'remove', 'bai-hung-tien')
    await sen.sen('organisation', 'remove', 'htx-kim-lien')
    expect((await rows('organisation', 'list')).map(([id]) => id)).not.toContain('htx-kim-lien')
  })

  it('knows gateways: whose they are, who may see them', async () => {
    const eui = '24e124fffef79101'
    const place = ['--commune', '17971', '--latitude', '18.668', '--longitude', '105.562', '--altitude', '34']
    const antenna = ['--antenna-height', '27', '--antenna-gain', '3', '--link', '4g']
    const owner = ['--owner', 'xa-kim-lien', '--share', 'xa-nam-dan', 'so-y-te']
    await sen.sen('gateway', 'add', eui, '--name', 'Trụ sở xã', ...owner, ...place, ...antenna)
    await sen.sen('gateway', 'share', eui, 'xa-nam-dan', '--end')
    await sen.sen('gateway', 'share', eui, 'xa-thien-nhan')
    expect(await rows('gateway', 'list')).toEqual([[eui, 'xa-kim-lien', '17971', 'so-y-te,xa-thien-nhan', 'Trụ sở xã']])
    expect(await sen.get(`/gateways/${eui}`, token)).toMatchObject({
      position: { latitude: 18.668, longitude: 105.562, altitude: 34 },
      antenna: { heightM: 27, gainDbi: 3 },
      link: '4g'
    })
    await expect(sen.sen('organisation', 'remove', 'xa-thien-nhan')).rejects.toThrow(/still has gateway/)
    await sen.sen('gateway', 'remove', eui)
    expect(await sen.sen('gateway', 'list')).toBe('')
  })

  it('answers readings by commune and by a group of communes', async () => {
    await sen.sen('place', 'group', 'add', 'nam-dan-cu', '17935', '17971', '--name', 'Huyện Nam Đàn (cũ)')
    expect(await rows('place', 'group', 'list')).toEqual([['nam-dan-cu', '17935,17971', 'Huyện Nam Đàn (cũ)']])
    for (const [site, owner] of [
      ['lang-sen', 'xa-kim-lien'],
      ['nam-dan', 'xa-nam-dan'],
      ['cua-lo', 'phuong-cua-lo']
    ] as const) {
      await sen.sen('site', 'add', site, '--organisation', owner)
      const password = await sen.sen('device', 'add', `d-${site}`, '--site', site, '--profile', 'json-weather')
      const answer = await fetch(`${sen.ready.http}/api/v1/ingest/telemetry?site=${site}&device=d-${site}`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`d-${site}:${password}`).toString('base64')}`,
          'content-type': 'application/json'
        },
        body: '{"air_temperature":31.5}'
      })
      expect(answer.status).toBeLessThan(300)
    }
    await sen.getUntil<Latest>('/readings/latest', token, ({ items }) => items.length === 3)
    expect(await latestIn('nam-dan-cu')).toEqual(['d-lang-sen', 'd-nam-dan'])
    expect(await latestIn('17971')).toEqual(['d-lang-sen'])
    expect(await latestIn('16690')).toEqual([])
    await expect(latestIn('nowhere')).rejects.toThrow(/404/)
    const listed = await rows('place', 'list')
    expect(listed).toContainEqual(['16732', 'ward', '1', '1', 'Phường Cửa Lò'])
    expect(listed).toContainEqual(['nam-dan-cu', 'group', '2', '2', 'Huyện Nam Đàn (cũ)'])
  })

  it('is the same after kill -9', async () => {
    const before = await Promise.all(['/organisations', '/places', '/place-groups'].map(path => sen.get(path, token)))
    await sen.killAndRestart()
    const after = await Promise.all(['/organisations', '/places', '/place-groups'].map(path => sen.get(path, token)))
    expect(after).toEqual(before)
    expect(await latestIn('nam-dan-cu')).toEqual(['d-lang-sen', 'd-nam-dan'])
  })
})
