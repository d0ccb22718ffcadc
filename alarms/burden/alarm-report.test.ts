import { expect, test } from 'vitest'
import { alarmReportOf } from './alarm-report.ts'

test('the report counts what alarms cost people', () => {
  const alarm = { rule: 'a', raisedAt: 0, acknowledgedAt: undefined, returnedAt: undefined, isActedOn: false }
  const alarms = [
    { ...alarm, returnedAt: 299_000 },
    { ...alarm, returnedAt: 301_000 },
    { ...alarm, acknowledgedAt: 60_000 },
    { ...alarm, rule: 'b', acknowledgedAt: 120_000, isActedOn: true }
  ]
  expect(alarmReportOf(alarms, 8)).toEqual({
    ...{ alarms: 4, perOperatorHour: 0.5, nuisanceShare: 0.5, acknowledged: 2 },
    ...{ medianToAcknowledgeS: 60, p90ToAcknowledgeS: 120 },
    worstRules: [
      { rule: 'a', alarms: 3, nuisances: 2 },
      { rule: 'b', alarms: 1, nuisances: 0 }
    ]
  })
  expect(alarmReportOf([], 8)).toMatchObject({ nuisanceShare: undefined, medianToAcknowledgeS: undefined })
})
