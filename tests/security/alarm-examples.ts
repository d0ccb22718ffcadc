import type { Case, RouteExample } from './route-examples.ts'

const api = (path: (one: Case) => string, body?: (one: Case) => unknown, more: Partial<RouteExample> = {}) => ({
  path: (one: Case) => `/api/v1${path(one)}`,
  ...(body && { body }),
  ...more
})
const name = { vi: 'Nóng' }
const when = { kind: 'threshold', metric: 'air_temperature', op: '>=', value: 35 }
const formula = { kind: 'heat-index' }
const levels = [{ name, severity: 'low', when }]

/** Rules, calculations and alarms. */
export const alarmExamples: Readonly<Record<string, readonly RouteExample[]>> = {
  'GET /api/v1/rules': [api(() => '/rules'), api(({ of }) => `/rules?organisation=${of.organisation}`)],
  'GET /api/v1/rules/:id': [api(({ of }) => `/rules/${of.rule}`)],
  'GET /api/v1/rules/:id/versions': [api(({ of }) => `/rules/${of.rule}/versions`)],
  'POST /api/v1/rules': [
    api(
      () => '/rules',
      ({ of, fresh }) => ({ id: fresh.id, name, organisation: of.organisation, per: 'device', levels })
    ),
    api(
      () => '/rules',
      ({ own, of, fresh }) => ({
        ...{ id: fresh.id, name, organisation: own.organisation, per: 'device', levels },
        scope: { sites: [of.site] }
      })
    ),
    api(
      () => '/rules',
      ({ own, of, fresh }) => ({
        ...{ id: fresh.id, name, organisation: own.organisation, per: 'device' },
        levels: [{ name, severity: 'low', when: { ...when, device: of.device } }]
      })
    )
  ],
  'PATCH /api/v1/rules/:id': [
    api(
      ({ of }) => `/rules/${of.rule}`,
      () => ({ isEnabled: false })
    ),
    api(
      ({ own }) => `/rules/${own.rule}`,
      ({ of }) => ({ organisation: of.organisation })
    )
  ],
  'POST /api/v1/rules/preview': [
    api(
      () => '/rules/preview',
      ({ of, fresh }) => ({
        rule: { id: fresh.id, name, organisation: of.organisation, per: 'device', levels },
        ...{ from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z' }
      })
    )
  ],
  'GET /api/v1/rules/preview/:preview': [
    { ...api(() => '/rules/preview/00000000-0000-4000-8000-000000000000'), expected: [404] }
  ],
  'DELETE /api/v1/rules/preview/:preview': [
    { ...api(() => '/rules/preview/00000000-0000-4000-8000-000000000000'), expected: [404] }
  ],
  'GET /api/v1/rule-packs': [api(() => '/rule-packs')],
  'GET /api/v1/rule-packs/:id': [api(() => '/rule-packs/rain')],
  'POST /api/v1/rule-packs/:id/apply': [
    api(
      () => '/rule-packs/rain/apply',
      ({ of }) => ({ organisation: of.organisation, rules: ['rain-24h'] })
    ),
    api(
      () => '/rule-packs/rain/apply',
      ({ own, of }) => ({ organisation: own.organisation, rules: ['rain-24h'], scope: { sites: [of.site] } })
    )
  ],
  'GET /api/v1/alarms': [
    api(() => '/alarms'),
    api(({ of }) => `/alarms?device=${of.device}&state=unacknowledged,returned`),
    api(({ of }) => `/alarms?site=${of.site}&rule=${of.rule}&cursor=x`)
  ],
  'GET /api/v1/alarms/counts': [api(() => '/alarms/counts')],
  'GET /api/v1/alarms/report': [api(() => '/alarms/report?from=1970-01-01T00:00:00Z&to=2026-01-01T00:00:00Z')],
  'GET /api/v1/alarms/verdict': [api(() => '/alarms/verdict', undefined, { isOfProvince: true })],
  'GET /api/v1/alarms/:id': [api(({ of }) => `/alarms/${of.alarm}`)],
  'GET /api/v1/alarms/:id/evidence': [api(({ of }) => `/alarms/${of.alarm}/evidence`)],
  'POST /api/v1/alarms/:id/ack': [api(({ of }) => `/alarms/${of.alarm}/ack`, undefined, { expected: [200, 409] })],
  'POST /api/v1/alarms/:id/shelve': [
    api(
      ({ of }) => `/alarms/${of.alarm}/shelve`,
      () => ({ until: new Date(Date.now() + 3_600_000).toISOString(), reason: 'x' }),
      { expected: [200, 409] }
    )
  ],
  'POST /api/v1/alarms/:id/unshelve': [
    api(({ of }) => `/alarms/${of.alarm}/unshelve`, undefined, { expected: [200, 409] })
  ],
  'POST /api/v1/alarms/:id/assign': [
    api(
      ({ of }) => `/alarms/${of.alarm}/assign`,
      () => ({ person: null })
    )
  ],
  'POST /api/v1/alarms/:id/comment': [
    api(
      ({ of }) => `/alarms/${of.alarm}/comment`,
      () => ({ text: 'Đã gọi' })
    )
  ],
  'POST /api/v1/alarms/:id/clear': [
    api(
      ({ of }) => `/alarms/${of.alarm}/clear`,
      () => ({ reason: 'cảm biến hỏng' }),
      { expected: [200, 409] }
    )
  ],
  'GET /api/v1/maintenance': [api(() => '/maintenance')],
  'POST /api/v1/maintenance': [
    api(
      () => '/maintenance',
      ({ of }) => ({ device: of.device, from: '2026-06-01T00:00:00Z', to: '2026-06-02T00:00:00Z', reason: 'x' })
    )
  ],
  'DELETE /api/v1/maintenance/:id': [api(() => '/maintenance/999999', undefined, { expected: [404] })],
  'DELETE /api/v1/rules/:id': [api(({ of }) => `/rules/${of.rule}`)],
  'GET /api/v1/calculations': [
    api(() => '/calculations'),
    api(({ of }) => `/calculations?organisation=${of.organisation}`)
  ],
  'GET /api/v1/calculations/:id': [api(({ of }) => `/calculations/${of.calculation}`)],
  'POST /api/v1/calculations': [
    api(
      () => '/calculations',
      ({ of, fresh }) => ({ id: fresh.id, name, organisation: of.organisation, formula })
    ),
    api(
      () => '/calculations',
      ({ own, of, fresh }) => ({
        ...{ id: fresh.id, name, organisation: own.organisation, formula },
        scope: { devices: [of.device] }
      })
    )
  ],
  'PATCH /api/v1/calculations/:id': [
    api(
      ({ of }) => `/calculations/${of.calculation}`,
      () => ({ isEnabled: false })
    ),
    api(
      ({ own }) => `/calculations/${own.calculation}`,
      ({ of }) => ({ organisation: of.organisation })
    )
  ],
  'DELETE /api/v1/calculations/:id': [api(({ of }) => `/calculations/${of.calculation}`)]
}
