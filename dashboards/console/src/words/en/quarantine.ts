import type { setAside as vietnamese } from '../vi/quarantine.ts'

/** Texts of the page of messages in quarantine. */
export const setAside: typeof vietnamese = {
  title: 'Quarantine',
  hint: 'Messages that could not be understood are kept. Once the cause is put right, decode them again to get their readings.',
  reason: 'Reason',
  anyReason: 'Any reason',
  device: 'Device',
  none: 'No messages.',
  newer: 'Newer',
  older: 'Older',
  payload: 'Content of the message',
  gone: 'The raw log no longer has this message.',
  topic: 'Topic',
  openDevice: id => `Open device ${id}`,
  openUnclaimed: 'Open the list of unclaimed devices',
  again: 'Decode again',
  start: 'Begin',
  forecast: messages => `${messages} messages will be decoded again with the devices, profiles and codecs of now.`,
  unregistered: messages => `${messages} messages of devices that nobody registered stay as they are.`,
  incomplete: 'The log is very long: only a part of it has been counted.',
  keptFrom: when => `The raw log holds messages from ${when} on.`,
  lostThere: messages => `${messages} older messages in quarantine are gone.`,
  progress: (percent, messages) => `${percent} % of the log, ${messages} messages`,
  result: (released, readings) => `${released} messages left quarantine, ${readings} readings.`,
  stays: messages => `${messages} messages stay in quarantine or as they were.`,
  failed: 'Not finished:',
  toDo: {
    unclaimed: 'Register or claim this device, then decode again.',
    'unknown-profile': 'Choose another profile for the device or add this one, then decode again.',
    'codec-error': 'The profile is that of another kind of device, or its codec needs mending.',
    'codec-timeout': 'The codec takes too long: mend it, then decode again.',
    'codec-memory': 'The codec takes too much memory: mend it, then decode again.',
    'codec-suspended': 'The codec is suspended after an error: mend it, then decode again.',
    'no-mapped-value': 'The profile is that of another kind of device, or its mapping lacks a field.',
    'value-invalid': 'Look at the device and at the mapping of its profile.',
    'chirpstack-v3': 'Upgrade ChirpStack to version 4.',
    'unknown-topic': 'Correct the topic where the message is sent.',
    replaced: 'The device has been replaced: nothing to do.',
    decommissioned: 'The device is out of service: nothing to do.'
  },
  toDoElse: 'Look at the sender of the message.'
}
