import { z } from 'zod'
import { reasonOf } from './grpc-web.ts'
import { answerWithinMs, faultOf } from './network-server-api.ts'
import type { NetworkServerApi, NetworkServerDevice, NetworkServerOutcome } from './network-server-api.ts'

const name = z.string().regex(/^[A-Z0-9_]{1,64}$/, 'must be capitals, digits and "_", as The Things Stack has it')

/** What The Things Stack must be told of each new device. */
export const ttsSettings = z
  .object({
    /** Id of the application, without the tenant. */
    application: z.string().regex(/^[a-z0-9](?:-?[a-z0-9]){2,35}$/, 'must be an application id of The Things Stack'),
    /** Vietnam: `AS_923_2`. */
    frequencyPlan: name,
    lorawanVersion: name.default('MAC_V1_0_3'),
    phyVersion: name.default('PHY_V1_0_3_REV_A')
  })
  .strict()
export type TtsSettings = z.infer<typeof ttsSettings>

interface TtsApiProps {
  readonly url: string
  /** Of the application, with the right to write devices and their keys. */
  readonly key: string
  readonly settings: TtsSettings
}

interface Answer {
  readonly status: number
  readonly detail: string
}

/** The registries of which each knows a part of the device, in the order in which it is made. */
const registries = ['', '/js', '/ns', '/as'] as const

/**
 * Makes devices in The Things Stack v3: in the Identity Server, then Join, Network and Application Server; what failed half
 * way is taken back in the reverse order.
 *
 * Source: The Things Stack documentation, "API Reference: End Device APIs" (order of the registries; `field_mask` names
 * what is set), v3.30 … v3.36.
 */
export class TtsApi implements NetworkServerApi {
  readonly #props: TtsApiProps

  constructor(props: TtsApiProps) {
    this.#props = props
  }

  async add(device: NetworkServerDevice): Promise<NetworkServerOutcome> {
    const requests = this.#requestsFor(device)
    for (const [step, { method, path, body }] of requests.entries()) {
      const answer = await this.#ask(method, path, body)
      if (answer.status === 409 && step === 0) return { ok: true, isNew: false }
      const failure = failureOf(answer)
      if (!failure) continue
      const left = await this.#takeBack(device.devEui, step)
      if (left.length === 0) return failure
      const rest = left.map(registry => registry.slice(1) || 'is').join(', ')
      return faultOf(
        'half-done',
        `device ${idOf(device.devEui)} is left in ${rest} of The Things Stack (${failure.detail}); delete it there`
      )
    }
    return { ok: true, isNew: true }
  }

  async remove(devEui: string): Promise<NetworkServerOutcome> {
    let isNew = false
    for (const registry of registries.toReversed()) {
      const answer = await this.#ask('DELETE', this.#pathOf(registry, devEui))
      if (answer.status === 404) continue
      const failure = failureOf(answer)
      if (failure) return failure
      isNew = true
    }
    return { ok: true, isNew }
  }

  /** @returns the registries in which it could not be taken back. */
  async #takeBack(devEui: string, steps: number): Promise<readonly string[]> {
    const left: string[] = []
    for (const registry of registries.slice(0, steps).toReversed()) {
      const answer = await this.#ask('DELETE', this.#pathOf(registry, devEui))
      if (answer.status !== 404 && failureOf(answer)) left.push(registry)
    }
    return left
  }

  #requestsFor({ devEui, joinEui, appKey, name: label }: NetworkServerDevice) {
    const { settings, url } = this.#props
    const { application, frequencyPlan, lorawanVersion, phyVersion } = settings
    const host = new URL(url).hostname
    const ids = {
      ...{ device_id: idOf(devEui), dev_eui: devEui.toUpperCase(), join_eui: joinEui.toUpperCase() },
      application_ids: { application_id: application }
    }
    const addresses = { network_server_address: host, application_server_address: host }
    const mac = { frequency_plan_id: frequencyPlan, lorawan_version: lorawanVersion, lorawan_phy_version: phyVersion }
    const request = (registry: (typeof registries)[number], fields: object, paths: readonly string[]) => ({
      method: registry === '' ? ('POST' as const) : ('PUT' as const),
      path: registry === '' ? `/applications/${application}/devices` : this.#pathOf(registry, devEui),
      body: {
        end_device: { ids, ...fields },
        field_mask: { paths: ['ids.device_id', 'ids.dev_eui', 'ids.join_eui', ...paths] }
      }
    })
    return [
      request('', { name: label, ...addresses, join_server_address: host }, [
        ...['name', 'join_server_address'],
        ...Object.keys(addresses)
      ]),
      request('/js', { ...addresses, root_keys: { app_key: { key: appKey.toUpperCase() } } }, [
        ...Object.keys(addresses),
        'root_keys.app_key.key'
      ]),
      request('/ns', { ...mac, supports_join: true }, [...Object.keys(mac), 'supports_join']),
      request('/as', {}, [])
    ]
  }

  #pathOf(registry: string, devEui: string): string {
    return `${registry}/applications/${this.#props.settings.application}/devices/${idOf(devEui)}`
  }

  async #ask(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<Answer> {
    const { url, key } = this.#props
    try {
      const response = await fetch(`${url}/api/v3${path}`, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          accept: 'application/json',
          'user-agent': 'sen',
          ...(body !== undefined && { 'content-type': 'application/json' })
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        // The key must not follow to wherever an answer points.
        redirect: 'error',
        signal: AbortSignal.timeout(answerWithinMs)
      })
      const text = await response.text()
      return { status: response.status, detail: response.ok ? '' : wordsOf(text) }
    } catch (cause) {
      return { status: 0, detail: reasonOf(cause) }
    }
  }
}

/** The end device's id there: a DevEUI alone may begin with a digit, and tells people nothing. */
function idOf(devEui: string): string {
  return `eui-${devEui}`
}

function failureOf({ status, detail }: Answer): Extract<NetworkServerOutcome, { readonly ok: false }> | undefined {
  if (status >= 200 && status < 300) return undefined
  if (status === 0 || status >= 502) return faultOf('unreachable', detail || `HTTP ${status}`)
  if (status === 401 || status === 403) return faultOf('not-permitted', detail)
  return faultOf(status === 404 ? 'not-found' : 'refused', detail || `HTTP ${status}`)
}

const problem = z.object({ message: z.string() })

function wordsOf(text: string): string {
  try {
    const parsed = problem.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data.message : ''
  } catch {
    return ''
  }
}
