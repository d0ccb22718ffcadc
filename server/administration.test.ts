import { describe, expect, it } from 'vitest'
import { ngheAnOrganisations } from '../devices/places/nghe-an-organisations.ts'
import type { RegistryChange } from '../model/registry.ts'
import { controlsOf, deviceOf, newDisk, processOn, siteOf, started, wordsOf } from './administration.fixture.ts'

const wordsIn = (changes: readonly RegistryChange[]): readonly string[] => changes.map(wordsOf)

describe('changes of the registry', () => {
  it('begin with the root organisation, once', async () => {
    const { administration, raw, registry, state } = await started()
    await administration.start()
    expect(wordsIn(await controlsOf(raw))).toEqual(['organisation root'])
    expect(registry.organisations.has('root')).toBe(true)
    expect(await state.pending()).toEqual([])
  })

  it('are in effect in memory and in the log, in the same order, once they are answered', async () => {
    const { administration, raw, registry, state } = await started()
    const heard: string[] = []
    const end = administration.onChange(changes => heard.push(...wordsIn(changes)))
    await administration.addSite(siteOf('ruong'))
    expect(registry.sites.has('ruong')).toBe(true)
    await Promise.all([
      administration.addDevice(deviceOf('lua-01')),
      administration.addDevice(deviceOf('lua-02')),
      administration.addSite(siteOf('ao'))
    ])
    await administration.changeDevice(deviceOf('lua-01', 'ao'))
    await administration.removeDevice('lua-02')
    const expected = [
      'site ruong',
      'device lua-01 at ruong',
      'device lua-02 at ruong',
      'site ao',
      'device lua-01 at ao',
      'removed lua-02'
    ]
    expect(wordsIn(await controlsOf(raw)).slice(1)).toEqual(expected)
    expect(heard).toEqual(expected)
    expect([...registry.devices.values()]).toEqual([deviceOf('lua-01', 'ao')])
    expect(await state.pending()).toEqual([])
    end()
    await administration.addSite(siteOf('bai'))
    expect(heard).toHaveLength(6)
  })

  it('stand in the state store at their place in the log', async () => {
    const { administration, raw, state } = await started()
    await administration.addSite(siteOf('ruong'))
    await administration.addDevice(deviceOf('lua-01'))
    const { last } = raw.status()
    const at = async (position: number) => wordsIn(await state.registryAt(position))
    expect(await at(last)).toEqual(['organisation root', 'site ruong', 'device lua-01 at ruong'])
    expect(await at(last - 1)).toEqual(['organisation root', 'site ruong'])
    expect(await at(last - 2)).toEqual(['organisation root'])
  })

  it('of one call are made together or not at all', async () => {
    const { administration, raw, registry } = await started()
    const changes = [
      { kind: 'site', site: siteOf('ruong') },
      { kind: 'device', device: deviceOf('lua-01', 'nowhere') }
    ] as const
    await expect(administration.change(changes)).rejects.toMatchObject({ code: 'SEN_NOT_FOUND' })
    expect([registry.sites.size, (await controlsOf(raw)).length]).toEqual([0, 1])
    await administration.change([])
    await administration.change([changes[0], { ...changes[1], device: deviceOf('lua-01') }])
    expect(registry.devices.has('lua-01')).toBe(true)
  })

  it('go on after one that was refused', async () => {
    const { administration, registry } = await started()
    const refused = administration.addSite(siteOf('ruong', 'nobody'))
    const taken = administration.addSite(siteOf('ao'))
    await expect(refused).rejects.toMatchObject({ code: 'SEN_NOT_FOUND' })
    await taken
    expect([...registry.sites.keys()]).toEqual(['ao'])
  })

  it.each([
    ['organisation', { id: 'root', name: 'r' }],
    ['site', siteOf('ruong')],
    ['device', deviceOf('lua-01')]
  ] as const)('that add a taken %s are a conflict, and change nothing', async (kind, thing) => {
    const { administration, raw } = await started()
    await administration.addSite(siteOf('ruong'))
    await administration.addDevice(deviceOf('lua-01'))
    const before = raw.status().last
    const add = {
      organisation: () => administration.addOrganisation({ id: 'root', name: 'r' }),
      site: () => administration.addSite(siteOf('ruong')),
      device: () => administration.addDevice(deviceOf('lua-01'))
    }[kind]
    await expect(add()).rejects.toMatchObject({
      code: 'SEN_CONFLICT',
      message: `add ${kind} ${thing.id}: the id is taken`
    })
    expect(raw.status().last).toBe(before)
  })

  it('put an organisation below the root where no parent is given, and refuse a circle', async () => {
    const { administration, registry } = await started()
    await administration.addOrganisation({ id: 'xa', name: 'Xã' })
    await administration.addOrganisation({ id: 'htx', name: 'HTX', parent: 'xa' })
    expect(registry.organisations.get('xa')?.parent).toBe('root')
    const circle = { kind: 'organisation', organisation: { id: 'xa', name: 'Xã', parent: 'htx' } } as const
    await expect(administration.change([circle])).rejects.toMatchObject({ code: 'SEN_CONFLICT' })
    expect(registry.organisations.get('xa')?.parent).toBe('root')
  })

  it.each([
    ['changing a device', 'changeDevice', deviceOf('x')],
    ['removing a device', 'removeDevice', 'x'],
    ['a login of a device', 'deviceCredential', 'x'],
    ['a login of a site', 'siteCredential', 'x']
  ] as const)('(%s) that speak of nothing known are refused', async (_, method, argument) => {
    const { administration } = await started()
    // `as`: the table pairs each method with its own argument.
    const call = administration[method].bind(administration) as (argument: unknown) => Promise<unknown>
    await expect(call(argument)).rejects.toMatchObject({ code: 'SEN_NOT_FOUND' })
  })
})

describe('things that are added, revised and removed alike', () => {
  const gateway = { id: '24e124fffef79101', name: 'Trụ sở', owner: 'root', sharedWith: [] }
  const group = { id: 'song-lam', name: 'Sông Lam', communes: ['17935', '17971'] }

  it('are in effect in memory and in the log, in the same order', async () => {
    const { administration, raw, registry } = await started()
    await administration.add('gateway', gateway)
    await administration.add('place-group', group)
    await administration.revise('gateway', gateway.id, present => ({ ...present, name: 'Nhà văn hóa' }))
    await administration.remove('place-group', group.id, () => undefined)
    expect(wordsIn(await controlsOf(raw)).slice(1)).toEqual([
      `gateway ${gateway.id}`,
      'group song-lam',
      `gateway ${gateway.id}`,
      'removed song-lam'
    ])
    expect(registry.gateways.get(gateway.id)?.name).toBe('Nhà văn hóa')
    expect(registry.placeGroups.size).toBe(0)
  })

  it('are revised one after the other, each from what the one before left', async () => {
    const { administration, registry } = await started()
    await administration.addSite(siteOf('ruong'))
    await Promise.all([
      administration.revise('site', 'ruong', present => ({ ...present, name: 'Ruộng' })),
      administration.revise('site', 'ruong', present => ({ ...present, commune: '17971' }))
    ])
    expect(registry.sites.get('ruong')).toEqual({ ...siteOf('ruong'), name: 'Ruộng', commune: '17971' })
  })

  it('stay as they are where the caller refuses, and what comes after goes on', async () => {
    const { administration, raw, registry } = await started()
    await administration.addSite(siteOf('ruong'))
    const { last } = raw.status()
    const refuse = (): never => {
      throw new Error('not you')
    }
    await expect(administration.revise('site', 'ruong', refuse)).rejects.toThrow('not you')
    await expect(administration.remove('site', 'ruong', refuse)).rejects.toThrow('not you')
    expect([raw.status().last, registry.sites.has('ruong')]).toEqual([last, true])
    await administration.remove('site', 'ruong', () => undefined)
    expect(registry.sites.has('ruong')).toBe(false)
  })

  it('that are not there are not found, in the words with which forbidden ones are not', async () => {
    const { administration } = await started()
    const missing = { code: 'SEN_NOT_FOUND', message: 'find place group x: there is none' }
    await expect(administration.revise('place-group', 'x', one => one)).rejects.toMatchObject(missing)
    await expect(administration.remove('place-group', 'x', () => undefined)).rejects.toMatchObject(missing)
  })

  it('are not removed while others refer to them', async () => {
    const { administration, registry } = await started()
    await administration.addSite(siteOf('ruong'))
    await administration.addDevice(deviceOf('lua-01'))
    await expect(administration.remove('site', 'ruong', () => undefined)).rejects.toMatchObject({
      code: 'SEN_CONFLICT',
      message: 'remove site ruong: it still has device lua-01'
    })
    expect(registry.sites.has('ruong')).toBe(true)
  })

  it('take the logins of a site with them', async () => {
    const { administration, credentials, state } = await started()
    await administration.addSite(siteOf('ruong'))
    const { username, password } = await administration.siteCredential('ruong')
    const removal = administration.remove('site', 'ruong', () => undefined)
    await expect(administration.siteCredential('ruong')).rejects.toMatchObject({ code: 'SEN_NOT_FOUND' })
    await removal
    expect(credentials.identify(username, password)).toBeUndefined()
    expect(await state.credentials()).toEqual([])
  })

  it('leave no token or connector of an organisation behind, also one that is asked for meanwhile', async () => {
    const { administration } = await started()
    await administration.addOrganisation({ id: 'xa', name: 'Xã' })
    const removal = administration.remove('organisation', 'xa', () => undefined)
    const token = administration.addToken({ name: 'n', role: 'viewer', organisation: 'xa' })
    const connector = administration.addConnector({ name: 'c', type: 'tts', url: 'mqtts://x', organisation: 'xa' })
    await removal
    await expect(token).rejects.toMatchObject({ code: 'SEN_NOT_FOUND' })
    await expect(connector).rejects.toMatchObject({ code: 'SEN_NOT_FOUND' })
  })
})

describe('a set of organisations', () => {
  it('is added in one append, and again only what is missing', async () => {
    const { administration, raw, registry } = await started()
    expect(await administration.importOrganisations(ngheAnOrganisations)).toHaveLength(ngheAnOrganisations.length)
    expect(registry.organisations.size).toBe(ngheAnOrganisations.length + 1)
    expect(raw.status().last).toBe(ngheAnOrganisations.length + 1)
    expect(await administration.importOrganisations(ngheAnOrganisations)).toEqual([])
    await administration.remove('organisation', 'xa-my-ly', () => undefined)
    const [again, ...more] = await administration.importOrganisations(ngheAnOrganisations)
    expect([again?.id, more]).toEqual(['xa-my-ly', []])
  })
})

describe('logins and tokens', () => {
  it('of a device are good at once and after a restart, and end with the device', async () => {
    const disk = await newDisk()
    const first = await processOn(disk)
    await first.administration.start()
    await first.administration.addSite(siteOf('ruong'))
    const { username, password } = await first.administration.addDevice(deviceOf('lua-01'))
    const second = await first.administration.deviceCredential('lua-01')
    const identity = { kind: 'device', subject: 'lua-01', username: 'lua-01' }
    expect(first.credentials.identify(username, password)).toEqual(identity)
    const next = await processOn(disk)
    expect(next.credentials.identify(username, second.password)).toEqual(identity)
    await next.administration.removeDevice('lua-01')
    expect(next.credentials.identify(username, password)).toBeUndefined()
    expect(await disk.state.credentials()).toEqual([])
  })

  it('of a site and a connector open those; renewing ends the ones before', async () => {
    const { administration, credentials } = await started()
    await administration.addSite(siteOf('ruong'))
    const site = await administration.siteCredential('ruong')
    const bridge = await administration.connectorCredential('bridge')
    expect(credentials.identify(site.username, site.password)).toMatchObject({ kind: 'site', subject: 'ruong' })
    expect(credentials.identify(bridge.username, bridge.password)).toMatchObject({ kind: 'connector' })
    const renewed = await administration.renewCredential('site', 'ruong')
    expect(credentials.identify(site.username, site.password)).toBeUndefined()
    expect(credentials.identify(renewed.username, renewed.password)).toMatchObject({ kind: 'site' })
    expect(credentials.identify(bridge.username, bridge.password)).toBeDefined()
  })

  it('of an API token are kept as hashes only, and good after a restart', async () => {
    const disk = await newDisk()
    const { administration, tokens } = await processOn(disk)
    await administration.start()
    const { token: secret } = await administration.addToken({ name: 'grafana', role: 'viewer', organisation: 'root' })
    expect(tokens.identify(secret)).toMatchObject({ kind: 'token', organisation: 'root' })
    expect((await processOn(disk)).tokens.identify(secret)?.grants).toMatchObject([{ role: { id: 'viewer' } }])
    expect(JSON.stringify(await disk.state.tokens())).not.toContain(secret)
    await expect(administration.addToken({ name: 'n', role: 'viewer', organisation: 'nobody' })).rejects.toMatchObject({
      code: 'SEN_NOT_FOUND'
    })
  })
})

describe('connectors', () => {
  const connector = { name: 'cs', type: 'chirpstack', url: 'mqtt://broker', organisation: 'root' } as const

  it('have names of their own, and an organisation that is there', async () => {
    const { administration } = await started()
    await administration.addConnector(connector)
    await expect(administration.addConnector(connector)).rejects.toMatchObject({ code: 'SEN_CONFLICT' })
    await expect(
      administration.addConnector({ ...connector, name: 'other', organisation: 'nobody' })
    ).rejects.toMatchObject({ code: 'SEN_NOT_FOUND' })
    expect(await administration.connectors()).toMatchObject([connector])
  })

  it('are removed once', async () => {
    const { administration } = await started()
    await administration.addConnector(connector)
    await administration.removeConnector('cs')
    await expect(administration.removeConnector('cs')).rejects.toMatchObject({ code: 'SEN_NOT_FOUND' })
  })
})
