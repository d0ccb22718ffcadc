import { request } from 'node:http'
import { SenError, errorCodes } from '../../model/errors.ts'
import type { ErrorCode } from '../../model/errors.ts'
import type { Sen } from '../app.ts'
import { settingsOf } from '../config.ts'
import type { Settings } from '../config.ts'
import { threadLog } from '../log.ts'
import { socketPathOf } from '../socket.ts'

/** The API of the Sen on this data folder, as its administrator. */
export interface LocalApi {
  /** @returns the answer's JSON. Throws the API's own error. */
  call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<unknown>
}

/**
 * Runs `work` against the running server, by the Unix socket in `SEN_DATA`. Where none runs, Sen is started without doors
 * for as long as the work takes, so that a change is made the same way in both cases.
 */
export async function withLocalApi<T>(work: (api: LocalApi) => Promise<T>): Promise<T> {
  const settings = settingsOf(process.env)
  const api = socketApi(socketPathOf(settings))
  if (await isAnswering(api)) return work(api)
  process.stderr.write(`No server runs on ${settings.SEN_DATA}; the change is made there without one.\n`)
  const sen = await quietSen(settings)
  await sen.start()
  try {
    return await work(api)
  } finally {
    await sen.stop()
  }
}

/** @returns the API behind a Unix socket. */
export function socketApi(socketPath: string): LocalApi {
  return {
    call: async (method, path, body) => {
      const { status, text } = await exchange(socketPath, method, path, body)
      if (status < 400) return text === '' ? undefined : (JSON.parse(text) as unknown)
      throw errorOf(text, status)
    }
  }
}

/** The whole server is loaded only where none runs. */
async function quietSen(settings: Settings): Promise<Sen> {
  const [{ Sen }, { openClock }] = await Promise.all([import('../app.ts'), import('../wire/clock.ts')])
  const quiet: Settings = {
    ...settings,
    SEN_HTTP_HOST: '127.0.0.1',
    SEN_HTTP_PORT: 0,
    SEN_MQTT_PORT: undefined,
    SEN_LOG: 'warn'
  }
  return new Sen({
    settings: quiet,
    clock: openClock(quiet),
    log: threadLog('main', quiet),
    isDemo: false,
    onFatal: cause => {
      process.stderr.write(`${String(cause)}\n`)
      process.exit(1)
    }
  })
}

async function isAnswering(api: LocalApi): Promise<boolean> {
  try {
    await api.call('GET', '/healthz')
    return true
  } catch {
    return false
  }
}

function exchange(
  socketPath: string,
  method: string,
  path: string,
  body: unknown
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' }
    const sent = request({ socketPath, method, path, headers: { host: 'localhost', ...headers } }, response => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 500, text })
      })
    })
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

function errorOf(text: string, status: number): SenError {
  try {
    const { code, detail, hint } = JSON.parse(text) as Partial<Record<'code' | 'detail' | 'hint', string>>
    const known: ErrorCode = errorCodes.find(one => one === code) ?? 'SEN_INTERNAL'
    return new SenError(known, detail ?? `HTTP ${status}`, hint === undefined ? {} : { hint })
  } catch {
    return new SenError('SEN_INTERNAL', `ask server: HTTP ${status}`)
  }
}
