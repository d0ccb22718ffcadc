import type { observations as vietnamese } from '../vi/observations.ts'

/** Words of the page on which people enter readings. */
export const observations: typeof vietnamese = {
  title: 'Enter a reading',
  hint: 'Read a staff gauge or a rain bucket, or note what was told by telephone.',
  site: 'Site',
  device: 'Measured at',
  byHand: 'Gauge or bucket at this site',
  metric: 'What',
  value: 'Value',
  valueHint: 'Decimal comma or point, as you like.',
  valueWrong: 'Must be a number, for example 7.62.',
  unit: 'Unit',
  t: 'Measured at what time',
  tHint: 'Empty means now.',
  method: 'How',
  methods: {
    'staff-gauge': 'Staff gauge',
    'rain-bucket': 'Rain bucket',
    'phone-call': 'Told by telephone',
    other: 'Otherwise'
  },
  note: 'Note',
  send: 'Send',
  kept: 'Kept in this device; it goes by itself.',
  waiting: 'Waiting',
  waitingHint:
    'Kept in this device until the server has acknowledged it. You may close the page; do not clear the browser’s data.',
  sendNow: 'Send now',
  sending: 'Sending…',
  unlikely: 'This value or time is most unlikely. Please look again.',
  confirm: 'It is right, send',
  discard: 'Discard',
  entered: 'Entered',
  none: 'Nobody has entered readings where you may look.',
  correct: 'Correct',
  withdraw: 'Take back',
  withdrawTitle: 'Take this reading back?',
  withdrawHint: 'Charts and reports no longer use it. It stays in the list, with who took it back.',
  states: { standing: 'in force', corrected: 'corrected', withdrawn: 'withdrawn', withdrawal: 'withdrawal' },
  by: (name: string, time: string) => `entered by ${name} at ${time}`
}
