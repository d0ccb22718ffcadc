import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SenError } from '../model/errors.ts'
import { settingsOf, shown } from './config.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sen-config-'))
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** Writes a file of the temporary folder. @returns its path. */
function file(content: string, name = 'settings.yaml'): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

function errorOf(environment: Readonly<Record<string, string>>): SenError {
  try {
    settingsOf(environment)
  } catch (error) {
    if (error instanceof SenError) return error
    throw error
  }
  throw new Error('the settings were taken')
}

describe('settings', () => {
  it('have defaults for everything but the plain MQTT port', () => {
    expect(settingsOf({})).toEqual({
      SEN_DATA: './data',
      SEN_HTTP_HOST: '127.0.0.1',
      SEN_HTTP_PORT: 8080,
      SEN_MQTT_HOST: '127.0.0.1',
      SEN_MQTTS_PORT: 8883,
      SEN_MQTT_WS_PATH: '/mqtt',
      SEN_IDLE_MINUTES: 15,
      SEN_ADMIN_IDLE_MINUTES: 5,
      SEN_LOCK_HOURS: 12,
      SEN_PASSWORD_DAYS: 60,
      SEN_UNUSED_DAYS: 45,
      SEN_AUDIT_MONTHS: 12,
      SEN_DEVICE_BYTES: 1e6,
      SEN_CONNECTOR_RATE: 2000,
      SEN_CONNECTOR_BYTES: 10e6,
      SEN_NEW_DEVICES: 1000,
      SEN_DEVICE_RATE: 200,
      SEN_SESSION_HOURS: 24,
      SEN_JOURNAL: 'file:',
      SEN_SERIES: 'duckdb:',
      SEN_STATE: 'sqlite:',
      SEN_JOURNAL_DAYS: 30,
      SEN_JOURNAL_MAX: 20e9,
      SEN_TIME_PAST_DAYS: 30,
      SEN_TIME_FUTURE_HOURS: 1,
      SEN_NOTIFY_REACHABLE: [],
      SEN_LOG: 'info'
    })
  })

  const given = [
    ['SEN_DATA', '/srv/sen', '/srv/sen'],
    ['SEN_HTTP_HOST', '0.0.0.0', '0.0.0.0'],
    ['SEN_HTTP_PORT', '0', 0],
    ['SEN_HTTP_PORT', '65535', 65_535],
    ['SEN_HTTPS_PORT', '443', 443],
    ['SEN_PUBLIC_URL', 'https://sen.example.vn', 'https://sen.example.vn'],
    ['SEN_PUBLIC_URL', 'HTTPS://Sen.Example.VN:443/', 'https://sen.example.vn'],
    ['SEN_PUBLIC_URL', 'http://10.0.0.5:8080', 'http://10.0.0.5:8080'],
    ['SEN_TRUST_PROXY', '127.0.0.1, 10.0.0.0/8', '127.0.0.1, 10.0.0.0/8'],
    ['SEN_MQTT_HOST', '::', '::'],
    ['SEN_MQTT_PORT', '1883', 1883],
    ['SEN_KEY_FILE', '/etc/sen/key', '/etc/sen/key'],
    ['SEN_IDLE_MINUTES', '10', 10],
    ['SEN_ADMIN_IDLE_MINUTES', '1', 1],
    ['SEN_LOCK_HOURS', '0.5', 0.5],
    ['SEN_PASSWORD_DAYS', '30', 30],
    ['SEN_UNUSED_DAYS', '90', 90],
    ['SEN_AUDIT_MONTHS', '24', 24],
    ['SEN_JOURNAL', 'file:', 'file:'],
    ['SEN_SERIES', 'memory:', 'memory:'],
    ['SEN_STATE', 'sqlite:', 'sqlite:'],
    ['SEN_JOURNAL_DAYS', '0.5', 0.5],
    ['SEN_JOURNAL_MAX', '500 MB', 500e6],
    ['SEN_JOURNAL_MAX', '1.5gb', 1.5e9],
    ['SEN_JOURNAL_MAX', '2TB', 2e12],
    ['SEN_TIME_PAST_DAYS', '400.5', 400.5],
    ['SEN_TIME_FUTURE_HOURS', '0', 0],
    ['SEN_LOG', 'silent', 'silent']
  ] as const

  it.each(given)('take %s=%s from the environment, a file of that name and YAML', (name, text, value) => {
    expect(settingsOf({ [name]: text })[name]).toBe(value)
    expect(settingsOf({ [`${name}_FILE`]: file(`${text}\n`, 'value') })[name]).toBe(value)
    expect(settingsOf({ SEN_CONFIG: file(`${name}: ${JSON.stringify(text)}\n`) })[name]).toBe(value)
  })

  it('take numbers of YAML as they are', () => {
    const SEN_CONFIG = file('SEN_HTTP_PORT: 81\nSEN_JOURNAL_DAYS: 7\n')
    expect(settingsOf({ SEN_CONFIG })).toMatchObject({ SEN_HTTP_PORT: 81, SEN_JOURNAL_DAYS: 7 })
  })

  it('prefer the environment to a file of the value, and that to YAML', () => {
    const SEN_CONFIG = file('SEN_HTTP_HOST: yaml\nSEN_LOG: error\nSEN_DATA: yaml\n')
    const environment = {
      SEN_CONFIG,
      SEN_HTTP_HOST: 'environment',
      SEN_HTTP_HOST_FILE: file('file', 'host'),
      SEN_LOG_FILE: file('warn', 'log')
    }
    expect(settingsOf(environment)).toMatchObject({ SEN_HTTP_HOST: 'environment', SEN_LOG: 'warn', SEN_DATA: 'yaml' })
  })

  it('of an empty YAML file are the defaults', () => {
    expect(settingsOf({ SEN_CONFIG: file('# nothing yet\n') })).toEqual(settingsOf({}))
  })

  it('leave the rest of the environment alone', () => {
    expect(settingsOf({ PATH: '/bin', SEN_PARENT: '1' })).toEqual(settingsOf({}))
  })
})

describe('a wrong setting', () => {
  it.each([
    ['SEN_HTTP_PORT', '65536'],
    ['SEN_HTTP_PORT', '-1'],
    ['SEN_HTTP_PORT', '80.5'],
    ['SEN_HTTP_PORT', 'eighty'],
    ['SEN_HTTPS_PORT', '65536'],
    ['SEN_PUBLIC_URL', 'sen.example.vn'],
    ['SEN_PUBLIC_URL', 'ftp://sen.example.vn'],
    ['SEN_PUBLIC_URL', 'https://sen.example.vn/console'],
    ['SEN_PUBLIC_URL', 'https://a:b@sen.example.vn'],
    ['SEN_PUBLIC_URL', 'https://sen.example.vn?a=1'],
    ['SEN_TRUST_PROXY', 'proxy.example'],
    ['SEN_TRUST_PROXY', '0.0.0.0/0'],
    ['SEN_MQTT_PORT', '1e9'],
    ['SEN_JOURNAL', 'nats://x'],
    ['SEN_SERIES', 'duckdb'],
    ['SEN_STATE', 'postgres://x'],
    ['SEN_JOURNAL_DAYS', '0'],
    ['SEN_JOURNAL_DAYS', 'Infinity'],
    ['SEN_JOURNAL_MAX', '20'],
    ['SEN_JOURNAL_MAX', '20 KB'],
    ['SEN_JOURNAL_MAX', '-1 GB'],
    ['SEN_JOURNAL_MAX', '1,5 GB'],
    ['SEN_LOG', 'verbose']
  ])('%s=%s is named with its value and rule, and a remedy', (name, value) => {
    const error = errorOf({ [name]: value })
    expect(error.code).toBe('SEN_SETTING_INVALID')
    expect(error.message).toMatch(new RegExp(`^read setting ${name}=".*": .+`))
    expect(error.message).toContain(JSON.stringify(value))
    expect(error.hint).toContain(name)
  })

  it('says what a size must look like', () => {
    expect(errorOf({ SEN_JOURNAL_MAX: '20' }).message).toContain('must be a number with MB, GB or TB')
  })

  it('in YAML is refused like one of the environment', () => {
    expect(errorOf({ SEN_CONFIG: file('SEN_LOG: 5\n') }).message).toContain('SEN_LOG=5')
  })

  it.each([
    ['a name that is no setting', 'SEN_HTTP_PROT: 80\n', '"SEN_HTTP_PROT" is not a setting'],
    ['no mapping', '- SEN_LOG\n', 'must be a YAML mapping']
  ])('is %s in YAML', (_, yaml, words) => {
    const error = errorOf({ SEN_CONFIG: file(yaml) })
    expect([error.code, error.message]).toEqual(['SEN_SETTING_INVALID', expect.stringContaining(words)])
  })

  it.each(['SEN_CONFIG', 'SEN_LOG_FILE'])('is %s if that names no file', name => {
    const path = join(folder, 'nowhere')
    const error = errorOf({ [name]: path })
    expect([error.code, error.message]).toEqual(['SEN_SETTING_INVALID', expect.stringContaining(`${name}=${path}`)])
  })
})

describe('shown', () => {
  it.each([
    ['SEN_SMTP_PASSWORD', '***'],
    ['SEN_OIDC_SECRET', '***'],
    ['SEN_TOKEN', '***'],
    ['SEN_DATA', '"hoa sen"']
  ])('gives %s as %s', (name, text) => {
    expect(shown(name, 'hoa sen')).toBe(text)
  })
})
