import { request } from 'node:http'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ContentSen, site } from './content-sen.ts'
import { ThreadDebugger, debuggable } from './thread-debugger.ts'

/* Names that mean something to JavaScript, wherever a name can stand: each is refused or is ordinary data, and no thread's prototypes change. */
const names = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '__defineGetter__',
  '__lookupSetter__'
]
const threads = ['work', 'store', 'state', 'alarm', 'codec']
const dragino = 'a84041ffff1c2d01'
let sen: ContentSen
let watcher: ThreadDebugger

/** Everything that a pollution would add to, as text. */
const prototypes = `JSON.stringify([Object, Array, Function, String, Number, Boolean, Map, Set, Promise, RegExp, Date, Error, Uint8Array, Buffer]
  .map(one => [one.name, Reflect.ownKeys(one).map(String).sort(), Reflect.ownKeys(one.prototype).map(String).sort()]))`

beforeAll(async () => {
  // Ids are letters, digits, ".", "_" and "-": these are ids as well.
  const devices = { ...Object.fromEntries(names.map(name => [name, 'json-weather'])), ordinary: 'json-weather' }
  sen = await ContentSen.start({ ...devices, [dragino]: 'dragino-lse01' }, { environment: debuggable })
  watcher = await ThreadDebugger.attach(sen.process, threads)
}, 90_000)

afterAll(async () => {
  watcher.close()
  await sen.remove()
})

/** Does it, lets everything settle, and looks into every thread. */
async function expectUntouched(attack: () => Promise<void>): Promise<void> {
  const before = await watcher.everywhere(prototypes)
  expect(Object.keys(before).sort()).toEqual(['alarm', 'codec', 'main', 'state', 'store', 'work'])
  await attack()
  await sen.accounts()
  expect(await watcher.everywhere('String(({}).polluted)')).toEqual(
    Object.fromEntries(['main', ...threads].map(thread => [thread, 'undefined']))
  )
  expect(await watcher.everywhere(prototypes)).toEqual(before)
}

const spiteful = (key: string) =>
  `{"${key}":{"polluted":1,"toString":1,"prototype":{"polluted":1}},"air_temperature":21,"a":{"${key}":{"polluted":1}}}`

describe('names that mean something to JavaScript', { timeout: 60_000 }, () => {
  it('are found when they do harm', async () => {
    // The look itself is proven: a thread that is polluted on purpose is seen, and cleaned again.
    // Not enumerable: labels of metrics that are counted meanwhile must not have it.
    await watcher.inMain('Object.defineProperty(Object.prototype, "polluted", { value: 1, configurable: true }) && 1')
    expect((await watcher.everywhere('String(({}).polluted)'))['main']).toBe('1')
    await watcher.inMain('delete Object.prototype.polluted')
  })

  it('are ordinary keys of telemetry, by MQTT and HTTP', () =>
    expectUntouched(async () => {
      const before = await sen.accounts()
      for (const key of names) {
        await sen.publish('ordinary', spiteful(key))
        expect((await sen.post('ordinary', spiteful(key))).status).toBe(202)
        await sen.publish('ordinary', `[${spiteful(key)},{"ts":{"__proto__":1},"ph":{"${key}":7}}]`)
      }
      const { messages } = await sen.accounts()
      expect(messages.stored - before.messages.stored).toBe(3 * names.length)
      expect(new Set((await sen.rows('ordinary', 'air_temperature')).value)).toEqual(new Set([21]))
      expect(await sen.metric('sen_unmapped_fields_total')).toBe(3 * 2 * names.length)
    }))

  it('are ordinary keys of what a network server sends', () =>
    expectUntouched(async () => {
      const login = (await sen.process.sen('connector', 'add', 'chirpstack', 'cs')).split('\t')
      const authorization = `Basic ${Buffer.from(login.join(':')).toString('base64')}`
      for (const [i, key] of names.entries()) {
        const body = `{"${key}":{"polluted":1},"deviceInfo":{"devEui":"${dragino}","${key}":{"polluted":1},"tags":{"${key}":{"polluted":1}}},"devAddr":"01a2b3c4","fCnt":${i + 1},"fPort":2,"data":"zikA8QelCZtuKJA=","object":{"${key}":{"polluted":1}}}`
        const answer = await fetch(`${sen.http}/api/v1/ingest/chirpstack?event=up`, {
          method: 'POST',
          headers: { authorization },
          body
        })
        expect(answer.status).toBe(202)
      }
      await sen.accounts()
      expect(
        (await sen.rows(dragino, 'soil_moisture')).value.length +
          (await sen.rows(dragino, 'battery_voltage')).value.length
      ).toBeGreaterThan(0)
    }))

  it('are ordinary ids of devices, each with its own readings', () =>
    expectUntouched(async () => {
      for (const [i, id] of names.entries()) await sen.publish(id, { ph: i + 1 })
      await sen.accounts()
      for (const [i, id] of names.entries()) {
        expect((await sen.rows(id, 'ph')).value).toEqual([i + 1])
        expect(await sen.get(`/devices/${id}`)).toMatchObject({ id })
      }
    }))

  it('are no devices, sites or metrics of their own accord', () =>
    expectUntouched(async () => {
      const get = (path: string) =>
        fetch(`${sen.http}/api/v1${path}`, { headers: { authorization: `Bearer ${sen.token}` } })
      for (const name of ['isPrototypeOf', 'propertyIsEnumerable', '__defineSetter__', 'toLocaleString']) {
        for (const path of [
          `/devices/${name}`,
          `/readings/latest?device=${name}`,
          `/readings/latest?site=${name}`,
          `/profiles/${name}`
        ])
          expect([path, [400, 404].includes((await get(path)).status)]).toEqual([path, true])
      }
    }))

  it('are ordinary or refused as topic levels and client ids', () =>
    expectUntouched(async () => {
      const before = await sen.accounts()
      for (const name of names) {
        await sen.publish('x', '{"ph":1}', `site/${site}/${name}x/telemetry`)
        const client = await connectAsync(sen.process.ready.mqtt ?? '', {
          ...sen.login,
          protocolVersion: 4,
          clientId: name,
          clean: false,
          reconnectPeriod: 0
        })
        await client.subscribeAsync(`site/${site}/${name}/#`, { qos: 1 })
        await client.publishAsync(`site/${site}/ordinary/telemetry`, '{"salinity":1}', { qos: 1 })
        await client.endAsync()
      }
      const { messages } = await sen.accounts()
      expect(messages.quarantined - before.messages.quarantined).toBe(names.length)
      expect(messages.stored - before.messages.stored).toBe(names.length)
    }))

  it('are refused as keys of the registry, or are ordinary data', () =>
    expectUntouched(async () => {
      for (const name of names) {
        const answer = await fetch(`${sen.http}/api/v1/sites`, {
          method: 'POST',
          headers: { authorization: `Bearer ${sen.token}`, 'content-type': 'application/json' },
          body: `{"id":"${name}","name":"${name}","${name === '__proto__' ? name : `${name}x`}":{"polluted":1},"__proto__":{"polluted":1}}`
        })
        expect([200, 201, 400]).toContain(answer.status)
      }
    }))

  it('change nothing as headers, cookies and query parameters', () =>
    expectUntouched(async () => {
      const query = names.flatMap(name => [`${name}=1`, `${name}[polluted]=1`, `${name}.polluted=1`]).join('&')
      const headers = Object.fromEntries(names.map(name => [name === '__proto__' ? '__PROTO__' : name, 'polluted']))
      const cookie = names.map(name => `${name}=polluted`).join('; ')
      const { hostname, port } = new URL(sen.http)
      const status = await new Promise((resolve, reject) => {
        const asking = request(
          {
            hostname,
            port,
            path: `/api/v1/devices?${query}`,
            headers: { ...headers, cookie, authorization: `Bearer ${sen.token}` }
          },
          answer => {
            answer.resume()
            resolve(answer.statusCode)
          }
        )
        asking.on('error', reject)
        asking.end()
      })
      expect([200, 400]).toContain(status)
    }))
})
