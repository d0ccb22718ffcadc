import { describe, expect, it } from 'vitest'
import type { RegistryChange } from '../model/registry.ts'
import type { Disk } from './administration.fixture.ts'
import { controlsOf, deviceOf, newDisk, processOn, siteOf, wordsOf } from './administration.fixture.ts'

const wordsIn = (changes: readonly RegistryChange[]): readonly string[] => changes.map(wordsOf)
const kill = new Error('kill -9')

const changes: readonly RegistryChange[] = [
  { kind: 'site', site: siteOf('ruong') },
  { kind: 'device', device: deviceOf('lua-01') }
]

/** A disk as a process leaves it that was killed in the middle of `changes`, with other records in the log around. */
async function diskAfter(
  when: 'before-append' | 'after-append' | 'half-reported',
  segmentBytes?: number
): Promise<Disk> {
  const disk = await newDisk(segmentBytes)
  const { administration } = await processOn(disk)
  await administration.start()
  await tick(disk)
  const dying = await processOn(disk, {
    raw: {
      append: records => (when === 'before-append' ? Promise.reject(kill) : disk.raw.append(records)),
      status: () => disk.raw.status(),
      reader: name => disk.raw.reader(name)
    },
    state: Object.assign(Object.create(disk.state) as Disk['state'], {
      change: disk.state.change.bind(disk.state),
      appended: async (entries: readonly { readonly id: number; readonly position: number }[]) => {
        if (when === 'half-reported') await disk.state.appended(entries.slice(0, 1))
        throw kill
      }
    })
  })
  await expect(dying.administration.change(changes)).rejects.toBe(kill)
  await tick(disk)
  return disk
}

async function tick({ raw }: Disk): Promise<void> {
  await raw.append([{ kind: 'tick', receivedAt: 1 }])
}

describe('a change under way when the process was killed', () => {
  it.each(['before-append', 'after-append', 'half-reported'] as const)(
    '(%s) takes effect exactly once at the next start, and not again',
    async when => {
      const disk = await diskAfter(when)
      for (let starts = 1; starts <= 3; starts++) {
        const { administration, registry } = await processOn(disk)
        await administration.start()
        expect(wordsIn(await controlsOf(disk.raw))).toEqual([
          'organisation root',
          'site ruong',
          'device lua-01 at ruong'
        ])
        expect([registry.sites.has('ruong'), registry.devices.has('lua-01')]).toEqual([true, true])
        expect(await disk.state.pending()).toEqual([])
        expect(wordsIn(await disk.state.registryAt(disk.raw.status().last))).toEqual(
          wordsIn(await controlsOf(disk.raw))
        )
      }
    }
  )

  it('takes effect where it stands in the log, if it stands there', async () => {
    const disk = await diskAfter('after-append')
    await (await processOn(disk)).administration.start()
    // 1 root, 2 tick, 3 site, 4 device, 5 tick
    expect(wordsIn(await disk.state.registryAt(3))).toEqual(['organisation root', 'site ruong'])
    expect(wordsIn(await disk.state.registryAt(4))).toContain('device lua-01 at ruong')
  })

  it('is told to those who listen', async () => {
    const { administration } = await processOn(await diskAfter('before-append'))
    const heard: string[] = []
    administration.onChange(some => heard.push(...wordsIn(some)))
    await administration.start()
    expect(heard).toEqual(['site ruong', 'device lua-01 at ruong'])
  })

  it('does not hold up trimming of the log once it is finished', async () => {
    const { raw, ...others } = await diskAfter('after-append', 1)
    await (await processOn({ raw, ...others })).administration.start()
    const { last } = raw.status()
    await raw.append([{ kind: 'tick', receivedAt: 2 }])
    await raw.trim({ keepAfter: Number.POSITIVE_INFINITY, maxBytes: 0 })
    expect(raw.status().first).toBeGreaterThanOrEqual(last)
  })

  it('the first start of all, killed after the root was appended, leaves one root', async () => {
    const disk = await newDisk()
    const dying = await processOn(disk, {
      state: Object.assign(Object.create(disk.state) as Disk['state'], {
        pending: disk.state.pending.bind(disk.state),
        change: disk.state.change.bind(disk.state),
        appended: () => Promise.reject(kill)
      })
    })
    await expect(dying.administration.start()).rejects.toBe(kill)
    await (await processOn(disk)).administration.start()
    expect(wordsIn(await controlsOf(disk.raw))).toEqual(['organisation root'])
  })
})
