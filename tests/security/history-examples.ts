import type { Case, RouteExample } from './route-examples.ts'

const api = (path: (one: Case) => string, body?: (one: Case) => unknown, more: Partial<RouteExample> = {}) => ({
  path: (one: Case) => `/api/v1${path(one)}`,
  ...(body && { body }),
  ...more
})
const staffGauge = { metric: 'water_level', value: 5.2, method: 'staff-gauge' }
const moment = { metric: 'water_level', t: '2026-06-01T01:00:00Z' }

/** Readings that people enter, and those of old loggers. */
export const historyExamples: Readonly<Record<string, readonly RouteExample[]>> = {
  'POST /api/v1/readings/import': [
    api(
      () => '/readings/import',
      ({ of }) => ({ device: of.device, import: 'a', series: [{ metric: 'ph', t: [0], value: [7] }] })
    )
  ],
  'GET /api/v1/observations': [
    api(() => '/observations'),
    api(({ of }) => `/observations?device=${of.device}`),
    api(({ of }) => `/observations?site=${of.site}`)
  ],
  'POST /api/v1/observations': [
    api(
      () => '/observations',
      ({ of }) => ({ ...staffGauge, device: of.device })
    ),
    api(
      () => '/observations',
      ({ of }) => ({ ...staffGauge, site: of.site })
    )
  ],
  'POST /api/v1/observations/withdrawals': [
    api(
      () => '/observations/withdrawals',
      ({ of }) => ({ ...moment, device: of.device }),
      { expected: [404] }
    )
  ]
}
