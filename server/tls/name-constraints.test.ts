import { describe, expect, it } from 'vitest'
import { isPrivate, nameConstraints, permits } from './name-constraints.ts'

describe('the names that an authority may speak for', () => {
  const value = nameConstraints(['sen-box', 'sen.example.vn', '203.0.113.9', '2001:db8::9'])

  it.each([
    ...['localhost', 'sen-box', 'sen-box.local', 'gateway.lan', 'sen.example.vn', 'www.sen.example.vn'],
    ...['192.168.1.5', '172.31.255.1', '10.1.2.3', '127.0.0.1', '169.254.7.7', '::1', 'fd12::1', 'fe80::1'],
    ...['203.0.113.9', '2001:db8::9']
  ])('include %s', host => {
    expect(permits(value, host)).toBe(true)
  })

  it.each([
    ...['example.vn', 'evil-sen.example.vn', 'bank.example', 'localhost.example', 'xlocal', 'sen-bo'],
    ...['172.32.0.1', '8.8.8.8', '203.0.113.8', '2001:db8::8', '::2', 'fec0::1']
  ])('do not include %s', host => {
    expect(permits(value, host)).toBe(false)
  })
})

it.each([
  ['10.0.0.1', true],
  ['11.0.0.1', false],
  ['192.169.0.1', false],
  ['fdff::1', true],
  ['2001:db8::1', false]
])('%s belongs to a private network: %s', (address, is) => {
  expect(isPrivate(address)).toBe(is)
})
