import type { Case, RouteExample } from './route-examples.ts'

const json = (path: (one: Case) => string, body?: (one: Case) => unknown, more: Partial<RouteExample> = {}) => ({
  path: (one: Case) => `/api/v1${path(one)}`,
  ...(body && { body }),
  ...more
})

/** A delivery of one device, in base64. */
const fileOf = (id: string): string => Buffer.from(`id\n${id}`).toString('base64')

/** How the routes by which devices come in and live on are asked; see `routeExamples`. */
export const onboardingExamples: Readonly<Record<string, readonly RouteExample[]>> = {
  'GET /api/v1/devices/unclaimed': [
    json(() => '/devices/unclaimed'),
    json(({ of }) => `/devices/unclaimed?organisation=${of.organisation}`)
  ],
  'POST /api/v1/devices/unclaimed/:id/refuse': [json(({ of }) => `/devices/unclaimed/${of.unclaimed}/refuse`)],
  'DELETE /api/v1/devices/unclaimed/:id/refuse': [json(({ of }) => `/devices/unclaimed/${of.unclaimed}/refuse`)],
  'POST /api/v1/devices/:id/claim': [
    json(
      ({ of }) => `/devices/${of.unclaimed}/claim`,
      ({ of }) => ({ site: of.site, profile: 'json-weather' })
    ),
    json(
      ({ fresh }) => `/devices/${fresh.id}/claim`,
      ({ of }) => ({ site: of.site, profile: 'json-weather' })
    )
  ],
  'POST /api/v1/devices/deliveries/check': [
    json(
      () => '/devices/deliveries/check',
      ({ of, fresh }) => ({ file: fileOf(fresh.id), site: of.site, profile: 'json-weather' })
    )
  ],
  'POST /api/v1/devices/deliveries': [
    json(
      () => '/devices/deliveries',
      // Its rows are bad: whether it may be registered is what counts.
      ({ of }) => ({ file: fileOf('?'), site: of.site, profile: 'json-weather', mode: 'all' }),
      { expected: [400] }
    )
  ],
  'GET /api/v1/devices/deliveries/:id': [json(() => `/devices/deliveries/none`, undefined, { expected: [404] })],
  'GET /api/v1/devices/label': [json(() => '/devices/label?text=LW:D0:42FFFFFFFFFFFFFF:4242FFFFFFFFFFFF:42FFFF42')],
  'GET /api/v1/network-servers': [json(() => '/network-servers')],
  'PUT /api/v1/connectors/:name/api': [
    json(
      () => '/connectors/none/api',
      () => ({ kind: 'chirpstack', url: 'http://127.0.0.1:9', settings: {} }),
      { expected: [404] }
    )
  ],
  'DELETE /api/v1/connectors/:name/api': [json(() => '/connectors/none/api', undefined, { expected: [404] })],
  'GET /api/v1/devices/:id/acceptance': [json(({ of }) => `/devices/${of.device}/acceptance`)],
  'POST /api/v1/devices/:id/acceptance': [json(({ of }) => `/devices/${of.device}/acceptance`)],
  'GET /api/v1/devices/:id/acceptance/sheet': [json(({ of }) => `/devices/${of.device}/acceptance/sheet`)],
  'GET /api/v1/acceptance/sheet': [
    json(() => '/acceptance/sheet?delivery=none'),
    json(({ of }) => `/acceptance/sheet?site=${of.site}`),
    // Of the whole province there are more than one sheet takes.
    json(({ of }) => `/acceptance/sheet?organisation=${of.organisation}`, undefined, { expected: [200, 422] })
  ],
  'GET /api/v1/acceptance/style.css': [json(() => '/acceptance/style.css')],
  'POST /api/v1/devices/:id/photo': [
    json(
      ({ of }) => `/devices/${of.device}/photo`,
      () => ({ photo: '/9j/4AAQSkZJRgABAQ==' })
    )
  ],
  'GET /api/v1/devices/:id/photo': [
    json(({ of }) => `/devices/${of.device}/photo`, undefined, { expected: [404, 200] })
  ],
  'POST /api/v1/devices/:id/move': [
    json(
      ({ of }) => `/devices/${of.device}/move`,
      ({ of }) => ({ site: of.emptySite })
    ),
    json(
      ({ own }) => `/devices/${own.device}/move`,
      ({ of }) => ({ site: of.emptySite })
    )
  ],
  'POST /api/v1/devices/:id/replace': [
    json(
      ({ of }) => `/devices/${of.lorawan}/replace`,
      ({ fresh }) => ({ hardware: fresh.eui })
    )
  ],
  'POST /api/v1/devices/:id/decommission': [json(({ of }) => `/devices/${of.device}/decommission`)],
  'POST /api/v1/devices/:id/undo': [json(({ of }) => `/devices/${of.lorawan}/undo`)],
  'GET /api/v1/devices/:id/history': [json(({ of }) => `/devices/${of.device}/history`)],
  'POST /api/v1/devices/:id/credentials': [json(({ of }) => `/devices/${of.device}/credentials`)],
  'GET /api/v1/devices/:id/credentials': [json(({ of }) => `/devices/${of.device}/credentials`)],
  'DELETE /api/v1/devices/:id/credentials/:credential': [
    json(({ of }) => `/devices/${of.device}/credentials/${of.deviceLogin}`),
    json(({ own, of }) => `/devices/${own.device}/credentials/${of.deviceLogin}`)
  ]
}
