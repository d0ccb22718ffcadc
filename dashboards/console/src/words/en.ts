import type { Dictionary } from './dictionary.ts'
import { setAside } from './en/quarantine.ts'
import { account } from './en/account.ts'
import { connections } from './en/connections.ts'
import { audit, wall } from './en/audit.ts'
import { common } from './en/every-page.ts'
import { entry } from './en/entry.ts'
import { gateways } from './en/gateways.ts'
import { rules } from './en/rules.ts'
import { observations } from './en/observations.ts'
import { onboarding } from './en/onboarding.ts'
import { displays, people, roles, tokens } from './en/people.ts'

export const en = {
  title: 'Sen: live data',
  skipToDevices: 'Skip to the devices',
  language: 'Language',
  justNow: 'just now',
  minute: 'min',
  yes: 'yes',
  no: 'no',
  zone: 'Times are shown in Vietnam time (+07:00).',
  loading: 'Loading devices…',
  notPermitted: 'This session may not see this part.',
  link: {
    connecting: 'Connecting…',
    live: 'Receiving live',
    lost: 'Connection lost, reconnecting',
    signedOut: 'Not signed in',
    asOf: (time, age) => `What you see is from ${time}, ${age}.`,
    retryIn: seconds => `Next attempt in ${seconds} s.`,
    retrying: 'Trying to reconnect…',
    retryNow: 'Reconnect now'
  },
  accounting: {
    heading: 'Accounting',
    holds: 'Balanced',
    off: difference => `Off by ${difference}`,
    explain: 'Explain',
    holdsExplained: 'Balanced: both sides are equal, nothing is missing and nothing is invented.',
    messages: 'Messages',
    received: { label: 'received', explanation: 'Messages acknowledged to their sender; each is safe on disk.' },
    messageParts: {
      stored: { label: 'stored', explanation: 'Messages of which at least one reading was kept.' },
      event: { label: 'events', explanation: 'Messages without readings: joins, status and the like.' },
      duplicate: { label: 'duplicate', explanation: 'Messages sent again, recognised and not counted twice.' },
      quarantined: {
        label: 'quarantined',
        explanation: 'Not understood yet; kept with the reason, can be decoded again.'
      },
      pending: { label: 'pending', explanation: 'On disk, waiting to be decoded.' }
    },
    readings: 'Readings',
    decoded: { label: 'decoded', explanation: 'Readings found in the messages.' },
    readingParts: {
      stored: { label: 'stored', explanation: 'Readings in the data store.' },
      duplicate: { label: 'duplicate', explanation: 'The same value at the same time was already there.' },
      superseded: {
        label: 'superseded',
        explanation: 'A newer value for the same time took its place; the older one stays in the raw log.'
      },
      refused: { label: 'refused', explanation: 'Could not be stored; the log says why.' },
      pending: { label: 'pending', explanation: 'Decoded, waiting to be written to the data store.' }
    }
  },
  summary: {
    heading: 'Summary',
    all: 'Devices',
    reporting: 'Reporting',
    silent: 'Silent',
    window: 'at each device’s own rhythm',
    rate: 'Readings per second'
  },
  filter: {
    label: 'Find a device',
    placeholder: 'Name, id, site…',
    clear: 'Clear search',
    shown: (count, all) => `Showing ${count} of ${all} devices`,
    none: 'No device matches.'
  },
  devices: {
    heading: 'Devices and newest values',
    empty: 'No device has been registered yet.',
    count: count => `${count} ${count === '1' ? 'device' : 'devices'}`,
    silent: count => `${count} silent`,
    isSilent: 'Silent',
    isLate: 'Late',
    isBehind: gateway => `Silent because of gateway ${gateway}`,
    never: 'No readings yet',
    signal: 'Signal'
  },
  quality: {
    'receive-time': {
      label: 'receive time',
      explanation: "The device's own time was outside the accepted range, so the time of receipt is used."
    },
    implausible: { label: 'implausible', explanation: 'Outside the plausible range of this metric.' },
    manual: { label: 'manual', explanation: 'Entered by a person, not measured by a device.' },
    doubtful: {
      label: 'doubtful',
      explanation: 'The sensor seems stuck, throws out single values or drifts; its values are kept.'
    },
    derived: { label: 'derived', explanation: 'Calculated from readings, not measured by a device.' },
    simulated: { label: 'simulated', explanation: 'Made by the simulated province, not a real measurement.' },
    withdrawn: { label: 'withdrawn', explanation: 'Taken back by a person; no longer used.' }
  },
  legend: 'Quality marks',
  quarantine: {
    heading: 'Quarantined messages',
    explanation: 'The newest messages not understood yet. None is thrown away: all stay in the raw log.',
    empty: 'No message is in quarantine.',
    reasons: {
      unclaimed: 'Device not registered',
      replaced: 'Another device has taken its place',
      decommissioned: 'Device is out of service',
      'unknown-topic': 'Unknown topic',
      'unknown-profile': 'No such device profile',
      'chirpstack-v3': 'ChirpStack v3 format (only v4 is supported)',
      'event-invalid': 'Malformed event',
      'json-invalid': 'Invalid JSON',
      'json-too-deep': 'JSON nested too deeply',
      'json-too-wide': 'JSON with too many fields',
      'no-mapped-value': 'No value that the device profile knows',
      'value-invalid': 'Invalid value',
      'codec-error': 'The codec reported an error',
      'codec-timeout': 'The codec ran past its deadline',
      'codec-memory': 'The codec used too much memory',
      'codec-suspended': 'The codec is suspended after failures'
    }
  },
  account,
  audit,
  common,
  connections,
  displays,
  entry,
  gateways,
  observations,
  onboarding,
  people,
  roles,
  rules,
  setAside,
  tokens,
  wall
} satisfies Dictionary
