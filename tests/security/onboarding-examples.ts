import type { Case, RouteExample } from './route-examples.ts'

const json = (path: (one: Case) => string, body?: (one: Case) => unknown, more: Partial<RouteExample> = {}) => ({
  path: (one: Case) => `/api/v1${path(one)}`,
  ...(body && { body }),
  ...more
})

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
