import { generateKeyPairSync, randomUUID } from 'node:crypto'
import type { Api } from '../../server/api/api.fixture.ts'
import { hashOf } from '../../server/auth/secrets.ts'
import { systemAuthor } from '../../model/audit.ts'
import { escalationPolicy } from '../../model/escalation-policy.ts'
import { recipientDraft } from '../../model/recipient.ts'
import { batchOf, rowOf } from '../../storage/series/sample-batches.ts'

/** One thing of each kind that belongs to an organisation; every name and id that is a text holds the mark. */
export interface Things {
  /** Stands in each of its names and ids, and nowhere else. */
  readonly mark: string
  readonly organisation: string
  /** A cooperative below it. */
  readonly unit: string
  readonly site: string
  /** Without devices. */
  readonly emptySite: string
  readonly device: string
  readonly lorawan: string
  readonly gateway: string
  /** A rule of the organisation, and an alarm that it raised about the device. */
  readonly rule: string
  readonly calculation: string
  readonly alarm: string
  /** Heard at the site, and not registered. */
  readonly unclaimed: string
  readonly person: number
  readonly login: string
  readonly phoneNumber: string
  readonly phone: string
  readonly passkey: string
  readonly session: string
  readonly token: number
  readonly display: string
  readonly recipient: string
  readonly channel: string
  readonly policy: string
  readonly rota: string
  /** Beginnings of hashes. */
  readonly deviceLogin: string
  readonly siteLogin: string
}

/** A new public key of a phone or screen. */
export function publicKey() {
  const { kty, crv, x, y } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
  return { kty, crv, x, y } as { kty: 'EC'; crv: 'P-256'; x: string; y: string }
}

let count = 0
const hex = (number: number, length: number): string => number.toString(16).padStart(length, '0')

/** Ids that nothing has, of the same form. */
export function unknownThings(mark: string): Things {
  const number = ++count
  return {
    mark,
    organisation: `xa-${mark}`,
    unit: `htx-${mark}`,
    site: `diem-${mark}`,
    emptySite: `trong-${mark}`,
    device: `may-${mark}`,
    lorawan: `a8${hex(number, 14)}`,
    gateway: `b7${hex(number, 14)}`,
    unclaimed: `la-${mark}`,
    rule: `quy-tac-${mark}`,
    calculation: `phep-tinh-${mark}`,
    alarm: `1~quy-tac-${mark}~1~device~may-${mark}`,
    person: 700_000 + number,
    login: `nguoi-${mark}`,
    phoneNumber: `+8491${String(number).padStart(7, '0')}`,
    phone: randomUUID(),
    passkey: `khoa-${mark}`,
    session: hashOf(mark).slice(0, 16),
    token: 800_000 + number,
    display: randomUUID(),
    recipient: `contact:${900_000 + number}`,
    channel: `kenh-${mark}`,
    policy: `bao-${mark}`,
    rota: `truc-${mark}`,
    deviceLogin: hashOf(`device ${mark}`).slice(0, 12),
    siteLogin: hashOf(`site ${mark}`).slice(0, 12)
  }
}

/**
 * Makes an organisation with one of everything: people with a phone, passkey and session, a token, a display, readings, a
 * message in quarantine.
 *
 * @param parent - what it lies below; left out for the root itself, to which the things then belong.
 */
export async function communeIn(api: Api, mark: string, parent?: string): Promise<Things> {
  const things = unknownThings(mark)
  const { administration, people, sessions } = api.services
  const organisation = parent === undefined ? 'root' : things.organisation
  const [name, at] = [`Tên ${mark}`, Date.now()]
  if (parent !== undefined)
    await administration.addOrganisation({ id: organisation, name, parent, kind: 'commune', commune: '17971' })
  await administration.addOrganisation({ id: things.unit, name, parent: organisation, kind: 'cooperative' })
  for (const id of [things.site, things.emptySite]) await administration.addSite({ id, name, organisation })
  await administration.addDevice({ id: things.device, name, site: things.site, profile: 'json-weather' })
  await administration.addDevice({ id: things.lorawan, name, site: things.site, profile: 'dragino-lse01' })
  await administration.siteCredential(things.site)
  await administration.add('gateway', { id: things.gateway, name, owner: organisation, sharedWith: [] })
  await ruleOf(api, { ...things, organisation })
  await administration.add('calculation', {
    ...{ id: things.calculation, name: { vi: name }, organisation, version: 1, isEnabled: true, scope: {}, author: '' },
    formula: { kind: 'dew-point' }
  })
  const { id: token } = await administration.addToken({ name, role: 'operator', organisation })

  const local = { id: 'local', name: 'local', kind: 'local', organisation: 'root' } as const
  const grants = [{ role: 'farmer', organisation }]
  const actor = { ...local, grants: api.services.roles.resolve([{ role: 'administrator', organisation: 'root' }]) }
  const { account } = await people.add(
    { name, phone: things.phoneNumber, email: undefined, kind: 'operational', organisation, grants },
    { wants: 'phone', baseUrl: 'https://sen.example.vn' },
    { actor, author: systemAuthor }
  )
  const line = { at, author: systemAuthor, action: 'phone.add', object: '', organisation, detail: '' }
  const entry = { ...line, outcome: 'done', count: 1 } as const
  await api.state.people.changePerson(account.id, { state: 'active', login: things.login })
  const enrolled = { name, createdAt: at, pinHash: undefined, wrongPins: 0, lastUsedAt: undefined }
  for (const device of [
    { id: things.phone, kind: 'phone', person: account.id, organisation: undefined },
    { id: things.display, kind: 'display', person: undefined, organisation }
  ] as const)
    await api.state.people.addDevice({ ...enrolled, ...device, publicKey: JSON.stringify(publicKey()) }, entry)
  await api.state.people.addPasskey(
    {
      ...{ id: things.passkey, person: account.id, publicKey: 'AA', counter: 0, transports: [], name },
      ...{ device: undefined, createdAt: at, lastUsedAt: undefined }
    },
    entry
  )
  const present = await api.state.people.account(account.id)
  if (!present) throw new Error('make commune: the person is not there')
  const opened = await sessions.open(
    { via: 'passkey', address: '', person: account.id },
    sessions.holderOfPerson(present, 'passkey')
  )
  await readingsOf(api, { ...things, organisation })
  const recipient = await noticesOf(api, things, organisation)
  return {
    ...things,
    ...{ organisation, recipient },
    ...{ person: account.id, token, session: opened.session.id },
    deviceLogin: administration.credentialsOf(things.device)[0]?.id ?? '',
    siteLogin: administration.credentialsOf(`site:${things.site}`)[0]?.id ?? ''
  }
}

async function ruleOf(api: Api, { rule, alarm, organisation, site, device, mark }: Things): Promise<void> {
  const name = { vi: `Tên ${mark}` }
  const when = { kind: 'threshold', metric: 'air_temperature', op: '>=', value: 40 } as const
  const level = { name, severity: 'high', when } as const
  const settings = { version: 1, isEnabled: true, scope: {}, per: 'device', author: '' } as const
  await api.services.administration.add('rule', { id: rule, name, organisation, ...settings, levels: [level] })
  const subject = { kind: 'device', id: device } as const
  const found = { position: 1, at: 1, foundAt: 1, readings: [], isRetrospective: false }
  const names = {
    ...{ organisation, site, name, subjectName: name.vi, levelName: name, severity: 'high' as const },
    ...{ advice: undefined, healthEvent: undefined, isSimulated: false }
  }
  const change = { kind: 'raised', alarm, rule, version: 1, subject, level: 1, ...found } as const
  const evidence = { rule: undefined, profile: undefined, messages: [] }
  await api.state.alarms.take([{ change, names, evidence }], [], undefined)
}

/** Who is told, and how. */
async function noticesOf(api: Api, things: Things, organisation: string): Promise<string> {
  const { channel, policy, rota, mark } = things
  const store = api.state.notices
  const name = `Tên ${mark}`
  const what = { id: channel, kind: 'http', name, organisation, isEnabled: false, settings: {} } as const
  await store.putChannel({ ...what, secrets: undefined, createdAt: 0 })
  const recipient = await store.addRecipient(recipientDraft.parse({ organisation, name, channels: [] }), undefined)
  const chain = [{ recipients: [recipient] }]
  await store.putPolicy(escalationPolicy.parse({ id: policy, organisation, name, chain }))
  const turns = { begins: 0, turnHours: 168, turns: [[recipient]], swaps: [] }
  await store.putRota({ id: rota, organisation, name, ...turns })
  const notice = { key: `k-${mark}`, alarm: things.alarm, organisation, recipient, channel, about: 'raised' } as const
  await store.addExtra([{ ...notice, severity: 'high', due: Date.UTC(2100, 0, 1) }], [], 0)
  return recipient
}

async function readingsOf(api: Api, things: Things): Promise<void> {
  const { organisation, device, site, unclaimed, mark } = things
  const position = ++count
  api.services.series.add({ id: position, organisation, device, metric: 'air_temperature' })
  const time = Date.UTC(2026, 5, 1, 1)
  await api.readings.write([batchOf(position, [rowOf({ series: position, time, value: 31.5, at: position })])])
  const topic = `site/${site}/${device}/telemetry`
  const entry = { site, receivedAt: time, detail: `value of ${mark}` }
  const stranger = { device: unclaimed, topic: `site/${site}/${unclaimed}/telemetry`, credential: `site:${site}` }
  await api.state.quarantine(
    [
      { ...entry, position, reason: 'codec-error', device, topic },
      { ...entry, position: ++count, reason: 'unclaimed', ...stranger, sample: '{"air_temperature": 30}' }
    ],
    count
  )
}
