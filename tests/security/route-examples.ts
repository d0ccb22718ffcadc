import { alarmExamples } from './alarm-examples.ts'
import { publicKey } from './commune.fixture.ts'
import { historyExamples } from './history-examples.ts'
import { notifyExamples } from './notify-examples.ts'
import { onboardingExamples } from './onboarding-examples.ts'
import type { Things } from './commune.fixture.ts'

/*
 * How every route is asked, for the permission matrix.
 * More than 500 lines because there are so many routes, and each is looked for in one list.
 */
/** What nobody has yet, for what is to be made. */
export interface Fresh {
  readonly id: string
  readonly eui: string
  readonly phoneNumber: string
  /** What a waiting screen shows. */
  readonly screenCode: () => string
}

/** What one request is about. `own` belongs to who asks, `of` is what it tries to reach; the same where it may. */
export interface Case {
  readonly own: Things
  readonly of: Things
  readonly fresh: Fresh
}

/** One way to ask at a route. */
export interface RouteExample {
  /** Path and query. */
  readonly path: (one: Case) => string
  readonly body?: (one: Case) => unknown
  /** The action that it takes, where the route's own rule does not say it. */
  readonly action?: 'ingest' | 'observe-system' | 'known' | 'open'
  /** Only who may do it for the whole province may do it at all. */
  readonly isOfProvince?: true
  /** Its answer does not end. */
  readonly isStream?: true
  /** What it comes to where it is allowed, if that is not 2xx. */
  readonly expected?: readonly number[]
}

const v1 = (path: string): string => `/api/v1${path}`
const json = (path: (one: Case) => string, body?: (one: Case) => unknown, more: Partial<RouteExample> = {}) => ({
  path: (one: Case) => v1(path(one)),
  ...(body && { body }),
  ...more
})
const province = { isOfProvince: true } as const
const refused = { expected: [400, 401, 404, 409] }
const names = { vi: 'Vai trò', en: 'Role' }
const uuid = '7c0a3f0e-6f0c-4c6b-9f70-1a7f5f1a0b11'
/** When the fixture's readings were measured. */
const period = 'from=2026-06-01T00:00:00Z&to=2026-06-02T00:00:00Z'
const reading = { air_temperature: 30 }
const uplink = ({ of }: Case) => ({ deviceInfo: { devEui: of.lorawan }, data: 'AA==' })
const ttsUplink = ({ of }: Case) => ({
  end_device_ids: { device_id: 'd', application_ids: { application_id: 'a' }, dev_eui: of.lorawan },
  uplink_message: { f_port: 2 }
})

/**
 * Examples by method and route. Add a line for a new route: its path and body made of `of`, the things that it is to reach,
 * and, where it takes two (moves something, gives something away), one with `own` and `of` apart.
 */
export const routeExamples: Readonly<Record<string, readonly RouteExample[]>> = {
  'GET /healthz': [{ path: () => '/healthz', action: 'open' }],
  'GET /readyz': [{ path: () => '/readyz', action: 'open', expected: [503] }],
  'GET /metrics': [{ path: () => '/metrics', action: 'observe-system', ...province }],
  'GET /api/openapi.json': [{ path: () => '/api/openapi.json', action: 'known' }],
  'GET /api/docs/json': [{ path: () => '/api/docs/json', action: 'known' }],
  'GET /api/docs/yaml': [{ path: () => '/api/docs/yaml', action: 'known' }],

  'GET /api/v1/setup': [json(() => '/setup')],
  'POST /api/v1/setup': [
    json(
      () => '/setup',
      () => ({ code: 'x', name: 'x', login: 'somebody', password: 'x' }),
      refused
    )
  ],
  'GET /api/v1/session': [json(() => '/session')],
  'POST /api/v1/session': [
    json(
      () => '/session',
      () => ({ token: 'nothing' }),
      refused
    )
  ],
  'POST /api/v1/session/password': [
    json(
      () => '/session/password',
      ({ of }) => ({ login: of.login, password: 'wrong' }),
      refused
    )
  ],
  'POST /api/v1/session/passkey/options': [json(() => '/session/passkey/options')],
  'POST /api/v1/session/passkey': [
    json(
      () => '/session/passkey',
      ({ of }) => ({ ticket: uuid, response: { id: of.passkey } }),
      refused
    )
  ],
  'POST /api/v1/session/device/challenge': [
    json(
      () => '/session/device/challenge',
      ({ of }) => ({ device: of.phone })
    )
  ],
  'POST /api/v1/session/device': [
    json(
      () => '/session/device',
      ({ of }) => ({ device: of.phone, challenge: 'x', signature: 'x', pin: '281934' }),
      refused
    )
  ],
  'DELETE /api/v1/session': [json(() => '/session')],
  'POST /api/v1/enrolment/open': [
    json(
      () => '/enrolment/open',
      ({ of }) => ({ phone: of.phoneNumber, code: '12345678' }),
      refused
    )
  ],
  'POST /api/v1/enrolment/phone': [
    json(
      () => '/enrolment/phone',
      () => ({ ticket: uuid, consent: '2026-11', publicKey: publicKey(), deviceName: 'x', pin: '281934' }),
      refused
    )
  ],
  'POST /api/v1/enrolment/console': [
    json(
      () => '/enrolment/console',
      ({ of }) => ({ ticket: uuid, consent: '2026-11', login: of.login, password: 'x' }),
      refused
    )
  ],

  'GET /api/v1/account': [json(() => '/account')],
  'POST /api/v1/account/password': [
    json(
      () => '/account/password',
      () => ({ current: 'x', next: 'a long enough one' }),
      refused
    )
  ],
  'POST /api/v1/account/totp': [json(() => '/account/totp')],
  'POST /api/v1/account/totp/confirm': [
    json(
      () => '/account/totp/confirm',
      () => ({ code: '000000' }),
      refused
    )
  ],
  'DELETE /api/v1/account/totp': [
    json(
      () => '/account/totp',
      () => ({ code: '000000' }),
      refused
    )
  ],
  'POST /api/v1/account/recovery-codes': [
    json(
      () => '/account/recovery-codes',
      () => ({ code: '000000' }),
      refused
    )
  ],
  'POST /api/v1/account/passkeys/options': [json(() => '/account/passkeys/options')],
  'POST /api/v1/account/passkeys': [
    json(
      () => '/account/passkeys',
      ({ of }) => ({ ticket: uuid, name: 'x', response: { id: of.passkey } }),
      refused
    )
  ],
  'DELETE /api/v1/account/passkeys/:id': [json(({ of }) => `/account/passkeys/${of.passkey}`)],
  'DELETE /api/v1/account/devices/:id': [json(({ of }) => `/account/devices/${of.phone}`)],
  'DELETE /api/v1/account/sessions/:id': [json(({ of }) => `/account/sessions/${of.session}`)],

  'GET /api/v1/people': [
    json(() => '/people'),
    json(({ of }) => `/people?organisation=${of.organisation}`),
    json(({ of }) => `/people?query=${of.mark}`)
  ],
  'GET /api/v1/people/review': [json(() => '/people/review')],
  'GET /api/v1/people/:id': [json(({ of }) => `/people/${of.person}`)],
  'POST /api/v1/people': [
    json(
      () => '/people',
      ({ of, fresh }) => ({ name: fresh.id, phone: fresh.phoneNumber, organisation: of.organisation })
    ),
    json(
      () => '/people',
      ({ own, of, fresh }) => ({
        name: fresh.id,
        organisation: own.organisation,
        grants: [{ role: 'viewer', organisation: of.organisation }]
      }),
      // Nobody gives what it has not: who may only manage people gives nothing.
      { expected: [201, 403] }
    )
  ],
  'PATCH /api/v1/people/:id': [
    json(
      ({ of }) => `/people/${of.person}`,
      () => ({ name: 'Tên khác' }),
      { expected: [200, 403] }
    ),
    json(
      ({ own }) => `/people/${own.person}`,
      ({ of }) => ({ organisation: of.organisation }),
      { expected: [200, 403] }
    )
  ],
  'PUT /api/v1/people/:id/grants': [
    json(
      ({ of }) => `/people/${of.person}/grants`,
      ({ of }) => ({ grants: [{ role: 'viewer', organisation: of.organisation }] }),
      { expected: [200, 403] }
    ),
    json(
      ({ own }) => `/people/${own.person}/grants`,
      ({ of }) => ({ grants: [{ role: 'viewer', organisation: of.organisation }] }),
      { expected: [200, 403] }
    )
  ],
  'POST /api/v1/people/:id/invitations': [
    json(
      ({ of }) => `/people/${of.person}/invitations`,
      () => ({ wants: 'phone' }),
      { expected: [201, 403] }
    )
  ],
  'POST /api/v1/people/:id/unlock': [
    json(
      ({ of }) => `/people/${of.person}/unlock`,
      () => ({ reason: 'called by phone' }),
      // It is not closed.
      { expected: [409, 403] }
    )
  ],
  'DELETE /api/v1/people/:id/devices/:device': [
    json(({ of }) => `/people/${of.person}/devices/${of.phone}`, undefined, { expected: [204, 403] }),
    json(({ own, of }) => `/people/${own.person}/devices/${of.phone}`, undefined, { expected: [204, 403] })
  ],
  'DELETE /api/v1/people/:id/sessions': [
    json(({ of }) => `/people/${of.person}/sessions`, undefined, { expected: [204, 403] })
  ],

  'GET /api/v1/roles': [json(() => '/roles')],
  'POST /api/v1/roles': [
    json(
      () => '/roles',
      ({ fresh }) => ({ id: fresh.id, name: names, actions: ['read'] }),
      province
    )
  ],
  'PUT /api/v1/roles/:id': [
    json(
      () => '/roles/spare',
      () => ({ name: names, actions: ['read', 'report'] }),
      province
    )
  ],
  'DELETE /api/v1/roles/:id': [json(() => '/roles/spare', undefined, province)],

  'GET /api/v1/tokens': [json(() => '/tokens')],
  'POST /api/v1/tokens': [
    json(
      () => '/tokens',
      ({ of }) => ({ name: 'new', role: 'viewer', organisation: of.organisation }),
      { expected: [201, 403] }
    )
  ],
  'POST /api/v1/tokens/:id/rotate': [
    json(({ of }) => `/tokens/${of.token}/rotate`, undefined, { expected: [200, 403] })
  ],
  'DELETE /api/v1/tokens/:id': [json(({ of }) => `/tokens/${of.token}`)],

  'POST /api/v1/displays/pairings': [
    json(
      () => '/displays/pairings',
      () => ({ publicKey: publicKey() })
    )
  ],
  'GET /api/v1/displays/pairings/:pairing': [json(() => `/displays/pairings/${uuid}`)],
  'GET /api/v1/displays': [json(() => '/displays')],
  'POST /api/v1/displays': [
    json(
      () => '/displays',
      ({ of, fresh }) => ({ code: fresh.screenCode(), name: 'Màn hình', organisation: of.organisation })
    )
  ],
  'DELETE /api/v1/displays/:id': [json(({ of }) => `/displays/${of.display}`)],

  'GET /api/v1/audit': [
    json(() => '/audit'),
    json(({ of }) => `/audit?object=device:${of.device}`),
    json(({ of }) => `/audit?actor=person:${of.person}&limit=1`)
  ],
  'GET /api/v1/audit/verdict': [json(() => '/audit/verdict', undefined, province)],

  'GET /api/v1/organisations': [json(() => '/organisations')],
  'POST /api/v1/organisations': [
    json(
      () => '/organisations',
      ({ of, fresh }) => ({ id: fresh.id, name: fresh.id, parent: of.organisation })
    )
  ],
  'PATCH /api/v1/organisations/:id': [
    json(
      ({ of }) => `/organisations/${of.organisation}`,
      () => ({ name: 'Tên khác' })
    ),
    json(
      ({ own }) => `/organisations/${own.unit}`,
      ({ of }) => ({ parent: of.organisation })
    )
  ],
  'DELETE /api/v1/organisations/:id': [json(({ of }) => `/organisations/${of.unit}`)],
  'POST /api/v1/organisations/import': [
    json(
      () => '/organisations/import',
      () => ({ set: 'nghe-an' }),
      province
    )
  ],

  'GET /api/v1/sites': [
    json(() => '/sites'),
    json(({ of }) => `/sites?organisation=${of.organisation}`),
    json(() => '/sites?place=17971')
  ],
  'POST /api/v1/sites': [
    json(
      () => '/sites',
      ({ of, fresh }) => ({ id: fresh.id, name: fresh.id, organisation: of.organisation })
    )
  ],
  'PATCH /api/v1/sites/:id': [
    json(
      ({ of }) => `/sites/${of.site}`,
      () => ({ name: 'Tên khác' })
    ),
    json(
      ({ own }) => `/sites/${own.site}`,
      ({ of }) => ({ organisation: of.organisation })
    )
  ],
  'DELETE /api/v1/sites/:id': [json(({ of }) => `/sites/${of.emptySite}`)],
  'POST /api/v1/sites/:id/credentials': [json(({ of }) => `/sites/${of.site}/credentials`)],
  'GET /api/v1/sites/:id/credentials': [json(({ of }) => `/sites/${of.site}/credentials`)],
  'DELETE /api/v1/sites/:id/credentials/:credential': [
    json(({ of }) => `/sites/${of.site}/credentials/${of.siteLogin}`),
    json(({ own, of }) => `/sites/${own.site}/credentials/${of.siteLogin}`)
  ],

  'GET /api/v1/devices': [
    json(() => '/devices'),
    json(({ of }) => `/devices?site=${of.site}`),
    json(({ of }) => `/devices?organisation=${of.organisation}`)
  ],
  'GET /api/v1/devices/:id': [json(({ of }) => `/devices/${of.device}`)],
  'POST /api/v1/devices': [
    json(
      () => '/devices',
      ({ of, fresh }) => ({ id: fresh.id, name: fresh.id, site: of.site, profile: 'json-weather' })
    )
  ],
  'PATCH /api/v1/devices/:id': [
    json(
      ({ of }) => `/devices/${of.device}`,
      () => ({ name: 'Tên khác' })
    ),
    json(
      ({ own }) => `/devices/${own.device}`,
      ({ of }) => ({ site: of.emptySite })
    )
  ],
  'DELETE /api/v1/devices/:id': [json(({ of }) => `/devices/${of.device}`)],
  ...onboardingExamples,
  'POST /api/v1/registry': [
    json(
      () => '/registry',
      ({ of, fresh }) => ({
        changes: [{ kind: 'site', site: { id: fresh.id, name: fresh.id, organisation: of.organisation } }]
      }),
      province
    )
  ],

  'GET /api/v1/profiles': [json(() => '/profiles')],
  'GET /api/v1/profiles/:id': [json(() => '/profiles/json-weather')],
  'GET /api/v1/profiles/:id/versions': [json(() => '/profiles/json-weather/versions')],
  'PUT /api/v1/profiles/:id': [
    json(
      () => '/profiles/khac',
      () => ({
        profile: {
          ...{ id: 'khac', vendor: 'x', model: 'x', payload: 'json', source: 'x' },
          ...{ name: { vi: 'x', en: 'x' }, fields: { ph: 'ph' } }
        },
        examples: []
      }),
      province
    )
  ],
  'DELETE /api/v1/profiles/:id': [json(() => '/profiles/json-weather', undefined, { ...province, expected: [404] })],
  'POST /api/v1/profiles/:id/codec': [
    { path: () => v1('/profiles/dragino-lse01/codec?dryRun=true'), body: () => ({ codec: 'x' }), ...province }
  ],
  'GET /api/v1/metrics': [json(() => '/metrics')],
  'GET /api/v1/places': [json(() => '/places')],
  'GET /api/v1/place-groups': [json(() => '/place-groups')],
  'GET /api/v1/place-groups/:id': [json(() => '/place-groups/nhom')],
  'POST /api/v1/place-groups': [
    json(
      () => '/place-groups',
      ({ fresh }) => ({ id: fresh.id, name: fresh.id, communes: ['17971'] }),
      province
    )
  ],
  'PATCH /api/v1/place-groups/:id': [
    json(
      () => '/place-groups/nhom',
      () => ({ name: 'Nhóm xã' }),
      province
    )
  ],
  'DELETE /api/v1/place-groups/:id': [json(() => '/place-groups/nhom', undefined, province)],

  'GET /api/v1/gateways': [
    json(() => '/gateways'),
    json(({ of }) => `/gateways?organisation=${of.organisation}`),
    json(() => '/gateways?place=17971')
  ],
  'GET /api/v1/health-events': [
    json(() => '/health-events'),
    json(({ of }) => `/health-events?device=${of.lorawan}&open=true`),
    json(({ of }) => `/health-events?gateway=${of.gateway}&kind=gateway-down&limit=5&cursor=1-x`)
  ],
  'GET /api/v1/gateways/:id': [json(({ of }) => `/gateways/${of.gateway}`)],
  'POST /api/v1/gateways': [
    json(
      () => '/gateways',
      ({ of, fresh }) => ({ id: fresh.eui, name: fresh.id, owner: of.organisation })
    ),
    json(
      () => '/gateways',
      ({ own, of, fresh }) => ({ id: fresh.eui, name: fresh.id, owner: own.organisation, sharedWith: [of.unit] }),
      // Who does not see an organisation cannot name it, whatever else it may.
      { expected: [201, 404] }
    )
  ],
  'PATCH /api/v1/gateways/:id': [
    json(
      ({ of }) => `/gateways/${of.gateway}`,
      () => ({ name: 'Tên khác' })
    ),
    json(
      ({ own }) => `/gateways/${own.gateway}`,
      ({ of }) => ({ owner: of.unit })
    )
  ],
  'DELETE /api/v1/gateways/:id': [json(({ of }) => `/gateways/${of.gateway}`)],

  'GET /api/v1/readings/latest': [
    json(() => '/readings/latest'),
    json(({ of }) => `/readings/latest?device=${of.device}`),
    json(({ of }) => `/readings/latest?site=${of.site}`)
  ],
  'GET /api/v1/readings': [
    json(() => `/readings?${period}`),
    json(({ of }) => `/readings?device=${of.device}&every=1h&fn=mean,count&${period}`),
    json(({ of }) => `/readings?organisation=${of.organisation}&${period}`)
  ],
  'GET /api/v1/readings/export': [
    json(() => `/readings/export?${period}`),
    json(({ of }) => `/readings/export?device=${of.device}&${period}`),
    json(({ of }) => `/readings/export?site=${of.site}&${period}`)
  ],
  ...historyExamples,
  ...notifyExamples,
  ...alarmExamples,
  'GET /api/v1/events': [json(() => '/events', undefined, { isStream: true })],

  'GET /api/v1/ingest/quarantine/:position': [json(() => '/ingest/quarantine/1', undefined, { expected: [200, 404] })],
  'POST /api/v1/ingest/quarantine/redecode': [
    json(
      () => '/ingest/quarantine/redecode',
      ({ of }) => ({ device: of.device, dryRun: true })
    ),
    json(
      () => '/ingest/quarantine/redecode',
      () => ({ reason: 'codec-error', dryRun: true }),
      province
    )
  ],
  'GET /api/v1/ingest/redecodes': [json(() => '/ingest/redecodes')],
  'GET /api/v1/ingest/redecodes/:id': [json(() => '/ingest/redecodes/999999', undefined, { expected: [404] })],
  'GET /api/v1/ingest/quarantine': [
    json(() => '/ingest/quarantine?limit=1'),
    json(({ of }) => `/ingest/quarantine?device=${of.device}&limit=1`)
  ],
  'POST /api/v1/ingest/telemetry': [
    json(
      ({ of }) => `/ingest/telemetry?device=${of.device}`,
      () => reading,
      { action: 'ingest' }
    ),
    json(
      ({ of }) => `/ingest/telemetry?device=${of.device}&site=${of.site}`,
      () => reading,
      { action: 'ingest' }
    )
  ],
  'POST /api/v1/ingest/chirpstack': [json(() => '/ingest/chirpstack?event=up', uplink, { action: 'ingest' })],
  'POST /api/v1/ingest/tts': [json(() => '/ingest/tts', ttsUplink, { action: 'ingest' })],
  'POST /api/v1/ingest/tts/*': [json(() => '/ingest/tts/up', ttsUplink, { action: 'ingest' })],

  'GET /api/v1/accounting': [json(() => '/accounting', undefined, province)],
  'GET /api/v1/system': [json(() => '/system')],
  'GET /api/v1/connectors': [json(() => '/connectors', undefined, province)],
  'POST /api/v1/connectors': [
    json(
      () => '/connectors',
      ({ of, fresh }) => ({ type: 'chirpstack', name: fresh.id, organisation: of.organisation }),
      province
    )
  ],
  'GET /api/v1/connectors/:name': [json(() => '/connectors/mua', undefined, province)],
  'PATCH /api/v1/connectors/:name': [
    json(
      () => '/connectors/mua',
      () => ({ quota: { perSecond: 7 } }),
      province
    )
  ],
  'POST /api/v1/connectors/trial': [
    json(
      () => '/connectors/trial',
      ({ of }) => ({ mapping: { device: '{$.id}' }, payload: { id: of.device } }),
      province
    )
  ],
  'POST /api/v1/connectors/:id/credentials': [json(() => '/connectors/mua/credentials', undefined, province)],
  'GET /api/v1/ingest/offenders': [json(() => '/ingest/offenders', undefined, province)],
  'POST /api/v1/ingest/webhook/:name': [
    json(
      () => '/ingest/webhook/mua',
      ({ of }) => ({ id: of.device }),
      { action: 'open', expected: [401] }
    )
  ],
  'DELETE /api/v1/connectors/:name': [json(() => '/connectors/cau', undefined, province)],
  'GET /api/v1/connectors/:id/credentials': [json(() => '/connectors/cau/credentials', undefined, province)],
  'DELETE /api/v1/connectors/:id/credentials/:credential': [
    json(() => '/connectors/cau/credentials/000000000000', undefined, { ...province, expected: [404] })
  ]
}
