import type { gateways as vi } from '../vi/gateways.ts'

export const gateways: typeof vi = {
  title: 'Gateways',
  hint: 'LoRaWAN gateways, and what went wrong lately with them and with devices.',
  none: 'No gateway is registered yet.',
  states: { never: 'Never heard', online: 'Working', late: 'Late', silent: 'Silent' },
  links: { 'lora-backhaul': 'LoRa', '4g': '4G', fibre: 'Fibre', satellite: 'Satellite' },
  devices: count => `${count} devices`,
  lastSeen: age => `Last heard ${age}`,
  events: 'Recent trouble',
  noEvents: 'No trouble.',
  goesOn: 'goes on',
  until: time => `until ${time}`,
  kinds: {
    'device-silent': 'Device silent',
    'gateway-down': 'Gateway down',
    'clock-wrong': 'Device clock wrong',
    'battery-low': 'Battery nearly empty',
    'value-stuck': 'Value stuck',
    'value-spiking': 'Value spiking',
    'value-drifting': 'Value drifting'
  },
  outage: (silent, elsewhere) => `${silent} devices silent, ${elsewhere} heard elsewhere`
}
