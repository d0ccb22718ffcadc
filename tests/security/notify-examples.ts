import type { Case, RouteExample } from './route-examples.ts'

const api = (path: (one: Case) => string, body?: (one: Case) => unknown, more: Partial<RouteExample> = {}) => ({
  path: (one: Case) => `/api/v1${path(one)}`,
  ...(body && { body }),
  ...more
})
const secret = 'A'.repeat(32)
const code = 'A'.repeat(22)
const own = { quiet: { from: '22:00', to: '06:00' } }
/** Nobody told the asker of anything: it is no recipient. */
const toldOfNothing = { expected: [404] }
const endpoint = 'https://push.example.vn/abc'
const keys = { p256dh: 'B'.repeat(87), auth: 'C'.repeat(22) }
const words = { vi: 'Mực nước' }

/** Who is told of alarms, by which ways, and what was told. */
export const notifyExamples: Readonly<Record<string, readonly RouteExample[]>> = {
  'GET /api/v1/recipients': [api(() => '/recipients')],
  'GET /api/v1/recipients/:id': [api(({ of }) => `/recipients/${of.recipient}`)],
  'POST /api/v1/recipients': [
    api(
      () => '/recipients',
      ({ of }) => ({ organisation: of.organisation, name: 'Trực', channels: [] })
    ),
    api(
      () => '/recipients',
      ({ own: { organisation }, of }) => ({ organisation, name: 'Trực', person: of.person })
    )
  ],
  'PATCH /api/v1/recipients/:id': [
    api(
      ({ of }) => `/recipients/${of.recipient}`,
      () => ({ name: 'Tên khác' })
    ),
    api(
      ({ own: { recipient } }) => `/recipients/${recipient}`,
      ({ of }) => ({ organisation: of.organisation })
    )
  ],
  'DELETE /api/v1/recipients/:id': [api(({ of }) => `/recipients/${of.recipient}`)],
  'POST /api/v1/recipients/:id/test': [api(({ of }) => `/recipients/${of.recipient}/test`)],
  'GET /api/v1/account/recipient': [api(() => '/account/recipient')],
  'PUT /api/v1/account/recipient': [
    api(
      () => '/account/recipient',
      () => own,
      toldOfNothing
    )
  ],
  'POST /api/v1/account/recipient/test': [api(() => '/account/recipient/test', undefined, toldOfNothing)],
  'GET /api/v1/account/pushes': [api(() => '/account/pushes')],
  'POST /api/v1/account/pushes': [
    api(
      () => '/account/pushes',
      () => ({ endpoint, keys }),
      toldOfNothing
    )
  ],

  'GET /api/v1/notify/channels': [api(() => '/notify/channels')],
  'POST /api/v1/notify/channels': [
    api(
      () => '/notify/channels',
      ({ of, fresh }) => ({
        ...{ id: fresh.id, kind: 'email', name: fresh.id, organisation: of.organisation },
        settings: { host: 'mail.example.vn', from: 'sen@example.vn' }
      })
    )
  ],
  'PATCH /api/v1/notify/channels/:id': [
    api(
      ({ of }) => `/notify/channels/${of.channel}`,
      () => ({ name: 'Tên khác' }),
      // It holds no settings with which it could be opened.
      { expected: [400] }
    )
  ],
  'DELETE /api/v1/notify/channels/:id': [api(({ of }) => `/notify/channels/${of.channel}`)],
  'POST /api/v1/notify/channels/:id/test': [api(({ of }) => `/notify/channels/${of.channel}/test`)],

  'GET /api/v1/notify/policies': [api(() => '/notify/policies')],
  'GET /api/v1/notify/policies/:id': [api(({ of }) => `/notify/policies/${of.policy}`)],
  'PUT /api/v1/notify/policies/:id': [
    api(
      ({ of }) => `/notify/policies/${of.policy}`,
      ({ of }) => ({ organisation: of.organisation, name: 'Lũ', chain: [{ recipients: [of.recipient] }] })
    )
  ],
  'DELETE /api/v1/notify/policies/:id': [api(({ of }) => `/notify/policies/${of.policy}`)],
  'GET /api/v1/notify/rotas': [api(() => '/notify/rotas')],
  'GET /api/v1/notify/rotas/:id': [api(({ of }) => `/notify/rotas/${of.rota}`)],
  'PUT /api/v1/notify/rotas/:id': [
    api(
      ({ of }) => `/notify/rotas/${of.rota}`,
      ({ of }) => ({
        ...{ organisation: of.organisation, name: 'Trực', begins: 0, turnHours: 12 },
        turns: [[of.recipient]]
      })
    )
  ],
  'DELETE /api/v1/notify/rotas/:id': [api(({ of }) => `/notify/rotas/${of.rota}`)],

  'GET /api/v1/notices': [
    api(() => '/notices'),
    api(({ of }) => `/notices?recipient=${of.recipient}`),
    api(({ of }) => `/notices?alarm=${of.alarm}&limit=1`)
  ],
  'POST /api/v1/notify/preview': [
    api(
      () => '/notify/preview',
      () => ({ severity: 'high', what: words, levelName: words, subject: 'Trạm' })
    )
  ],
  'GET /api/v1/notify/:channel/report/:secret': [
    api(({ of }) => `/notify/${of.channel}/report/${secret}`, undefined, toldOfNothing)
  ],
  'POST /api/v1/notify/:channel/report/:secret': [
    api(
      ({ of }) => `/notify/${of.channel}/report/${secret}`,
      () => ({}),
      toldOfNothing
    )
  ],
  'GET /api/v1/sites/:id/contact': [api(({ of }) => `/sites/${of.site}/contact`)],
  'GET /a/:code': [{ path: () => `/a/${code}`, action: 'open', expected: [404] }],
  'GET /a/style.css': [{ path: () => '/a/style.css', action: 'open' }],
  'POST /a/:code': [{ path: () => `/a/${code}`, action: 'open', expected: [404] }]
}
