import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import type { ClockSetting } from '../model/clock.ts'
import { SenError } from '../model/errors.ts'
import { failpointsOf } from '../model/failpoint.ts'
import { proxyListProblem } from './trusted-proxies.ts'

/** Text of the environment, or a number of the YAML file. */
const numeric = z.union(
  [
    z.number(),
    z
      .string()
      .regex(/^-?\d+(\.\d+)?$/)
      .transform(Number)
  ],
  'must be a number'
)
const port = numeric.refine(
  value => Number.isInteger(value) && value >= 0 && value <= 65_535,
  'must be a port: a whole number from 0 to 65535'
)
const gigabytes = z
  .string()
  .regex(/^\d+(\.\d+)?\s*(MB|GB|TB)$/i, 'must be a number with MB, GB or TB, for example "20 GB"')
  .transform(text => {
    const unit = { MB: 1e6, GB: 1e9, TB: 1e12 }[text.slice(-2).toUpperCase()] ?? 1
    return Math.round(Number.parseFloat(text) * unit)
  })
  .refine(bytes => bytes > 0, 'must be above 0')

/** An address that people type or scan: scheme, host and perhaps a port. Kept as its origin, without the last "/". */
const publicUrl = z
  .string()
  .refine(isPublicUrl, 'must be an address such as "https://sen.example.vn": http or https, no path, no user name')
  .transform(text => new URL(text).origin)

function isPublicUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return false
  return url.pathname === '/' && `${url.username}${url.password}${url.search}${url.hash}` === ''
}

/** Every setting: its rule and its default. Names and meanings: `docs/settings.md`. */
const settings = z.object({
  SEN_DATA: z.string().min(1).default('./data'),
  SEN_HTTP_HOST: z.string().min(1).default('127.0.0.1'),
  SEN_HTTP_PORT: port.default(8080),
  SEN_HTTPS_PORT: port.optional(),
  SEN_PUBLIC_URL: publicUrl.optional(),
  SEN_TRUST_PROXY: z
    .string()
    .superRefine((text, context) => {
      const message = proxyListProblem(text)
      if (message !== undefined) context.addIssue({ code: 'custom', message })
    })
    .optional(),
  SEN_MQTT_HOST: z.string().min(1).default('127.0.0.1'),
  SEN_MQTT_PORT: port.optional(),
  SEN_MQTTS_PORT: port.default(8883),
  SEN_MQTT_WS_PATH: z
    .string()
    .regex(/^(off|\/[A-Za-z0-9._/-]*)$/, 'must be a path that begins with "/", or "off"')
    .default('/mqtt'),
  SEN_TLS_CERT: z.string().min(1).optional(),
  SEN_TLS_KEY: z.string().min(1).optional(),
  SEN_KEY_FILE: z.string().min(1).optional(),
  SEN_IDLE_MINUTES: numeric.refine(value => value >= 1 && value <= 15, 'must be from 1 to 15').default(15),
  SEN_ADMIN_IDLE_MINUTES: numeric.refine(value => value >= 1 && value <= 15, 'must be from 1 to 15').default(5),
  SEN_LOCK_HOURS: numeric.refine(value => value > 0 && value <= 720, 'must be above 0, at most 720').default(12),
  SEN_PASSWORD_DAYS: numeric.refine(value => value >= 1 && value <= 3650, 'must be from 1 to 3650').default(60),
  SEN_UNUSED_DAYS: numeric.refine(value => value >= 1 && value <= 3650, 'must be from 1 to 3650').default(45),
  SEN_AUDIT_MONTHS: numeric.refine(value => value >= 3, 'must be at least 3').default(12),
  SEN_DEVICE_RATE: numeric.refine(value => value > 0, 'must be above 0').default(200),
  SEN_DEVICE_BYTES: gigabytes.default(1e6),
  SEN_CONNECTOR_RATE: numeric.refine(value => value > 0, 'must be above 0').default(2000),
  SEN_CONNECTOR_BYTES: gigabytes.default(10e6),
  SEN_NEW_DEVICES: numeric.refine(value => value > 0, 'must be above 0').default(1000),
  SEN_SESSION_HOURS: numeric.refine(value => value > 0, 'must be above 0').default(24),
  SEN_JOURNAL: z.literal('file:').default('file:'),
  SEN_SERIES: z.enum(['duckdb:', 'memory:']).default('duckdb:'),
  SEN_STATE: z.literal('sqlite:').default('sqlite:'),
  SEN_JOURNAL_DAYS: numeric.refine(value => value > 0, 'must be above 0').default(30),
  SEN_JOURNAL_MAX: gigabytes.default(20e9),
  SEN_TIME_PAST_DAYS: numeric
    .refine(value => value > 0 && value <= 36_500, 'must be above 0, at most 36500')
    .default(30),
  SEN_TIME_FUTURE_HOURS: numeric.refine(value => value >= 0 && value <= 720, 'must be from 0 to 720').default(1),
  SEN_NOTIFY_REACHABLE: z
    .string()
    .transform(text => text.split(/[\s,]+/).filter(part => part !== ''))
    .pipe(z.array(z.string().regex(/^[A-Za-z0-9.:_/-]{1,253}$/, 'must be addresses, networks or host names')))
    .default([]),
  SEN_LOG: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info')
})

/** The settings, and what the command line adds to them. */
export type Settings = z.infer<typeof settings> & {
  /** The clock that the demo may run on (see `server/demo-clock.ts`). */
  readonly clock?: ClockSetting | undefined
  /** `--trial-ca`: the certificate of the TLS doors is made here (see `server/tls/trial-authority.ts`). */
  readonly isTrial?: boolean
}

/** Where imported profiles live. */
export function profilesFolder({ SEN_DATA }: Pick<Settings, 'SEN_DATA'>): string {
  return join(SEN_DATA, 'profiles')
}

const names = Object.keys(settings.shape)

/** Port of the plain MQTT door under `start`; under `serve` that door is closed unless the setting is given. */
export const demoMqttPort = 1883

/**
 * Reads the settings: environment first (`NAME`, or `NAME_FILE` naming a file that holds the value), then the YAML file
 * of `SEN_CONFIG`, then defaults.
 *
 * @throws SenError `SEN_SETTING_INVALID` naming the setting, its value and the rule.
 */
export function settingsOf(environment: Readonly<Record<string, string | undefined>>): Settings {
  failpointsOf(environment['SEN_FAILPOINT'])
  const fromFile = configFile(environment['SEN_CONFIG'])
  const given: Record<string, unknown> = {}
  for (const name of names) {
    // An empty variable is one that is not set.
    const value = (environment[name] || undefined) ?? fileValue(name, environment[`${name}_FILE`]) ?? fromFile[name]
    if (value !== undefined) given[name] = value
  }
  const parsed = settings.safeParse(given)
  if (parsed.success) return bothOrNeither(parsed.data)

  const issue = parsed.error.issues[0]
  const name = String(issue?.path[0] ?? '')
  throw new SenError(
    'SEN_SETTING_INVALID',
    `read setting ${name}=${shown(name, given[name])}: ${issue?.message ?? ''}`,
    {
      hint: `Correct ${name} in the environment or in the file that SEN_CONFIG names; docs/settings.md has the rule.`
    }
  )
}

function bothOrNeither(parsed: Settings): Settings {
  const { SEN_TLS_CERT: cert, SEN_TLS_KEY: key } = parsed
  if ((cert === undefined) === (key === undefined)) return parsed
  const [name, value, other] =
    cert === undefined ? ['SEN_TLS_KEY', key, 'SEN_TLS_CERT'] : ['SEN_TLS_CERT', cert, 'SEN_TLS_KEY']
  throw new SenError('SEN_SETTING_INVALID', `read setting ${name}=${shown(name, value)}: ${other} must be given too`)
}

/** A value as it may be printed: secrets as `***`. */
export function shown(name: string, value: unknown): string {
  return /PASSWORD|SECRET|TOKEN/.test(name) ? '***' : JSON.stringify(value)
}

function fileValue(name: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (cause) {
    throw new SenError('SEN_SETTING_INVALID', `read setting ${name}_FILE=${path}: the file cannot be read`, { cause })
  }
}

function configFile(path: string | undefined): Record<string, unknown> {
  if (path === undefined) return {}
  if (!existsSync(path)) throw new SenError('SEN_SETTING_INVALID', `read setting SEN_CONFIG=${path}: no such file`)
  const content = z.record(z.string(), z.unknown()).safeParse(yamlOf(path))
  if (!content.success) {
    throw new SenError(
      'SEN_SETTING_INVALID',
      `read setting SEN_CONFIG=${path}: must be a YAML mapping of setting names`
    )
  }
  const stranger = Object.keys(content.data).find(name => !names.includes(name))
  if (stranger !== undefined) {
    throw new SenError('SEN_SETTING_INVALID', `read setting SEN_CONFIG=${path}: "${stranger}" is not a setting`)
  }
  return content.data
}

function yamlOf(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8')) ?? {}
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : ''
    throw new SenError('SEN_SETTING_INVALID', `read setting SEN_CONFIG=${path}: ${reason}`, { cause })
  }
}
