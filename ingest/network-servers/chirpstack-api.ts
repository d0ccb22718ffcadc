import { BinaryWriter } from '@bufbuild/protobuf/wire'
import { z } from 'zod'
import { callGrpcWeb } from './grpc-web.ts'
import type { GrpcOutcome } from './grpc-web.ts'
import { answerWithinMs, faultOf } from './network-server-api.ts'
import type { NetworkServerApi, NetworkServerDevice, NetworkServerOutcome } from './network-server-api.ts'

/** What ChirpStack must be told of each new device. */
export const chirpStackSettings = z
  .object({
    /** UUID of the application, as ChirpStack's address bar shows it. */
    application: z.uuid(),
    /** UUID of ChirpStack's device profile by Sen's profile id; `*` for all others. */
    deviceProfiles: z.record(z.string().max(64), z.uuid())
  })
  .strict()
export type ChirpStackSettings = z.infer<typeof chirpStackSettings>

interface ChirpStackApiProps {
  readonly url: string
  /** Of a tenant, from ChirpStack's page "API keys". */
  readonly key: string
  readonly settings: ChirpStackSettings
}

/** A message's fields by their number: texts, and messages within. */
type Fields = Readonly<{ [number: number]: string | Fields }>

/** gRPC status codes, of google.rpc.Code. */
const code = { ok: 0, notFound: 5, alreadyExists: 6, permissionDenied: 7, unauthenticated: 16 } as const

/**
 * Makes devices in ChirpStack v4 by the gRPC-Web that its own pages use: every ChirpStack answers it at the port of its web
 * pages (8080), without its REST proxy (a program of its own that few install).
 *
 * Source: chirpstack/chirpstack api/proto/api/device.proto, v4.0 … v4.19: `DeviceService.Create`, `.CreateKeys` (`nwk_key`
 * is the AppKey of LoRaWAN 1.0.x), `.Delete`; `accept_http1` and `GrpcWebLayer` in chirpstack/src/api/mod.rs.
 */
export class ChirpStackApi implements NetworkServerApi {
  readonly #props: ChirpStackApiProps

  constructor(props: ChirpStackApiProps) {
    this.#props = props
  }

  async add({ devEui, joinEui, appKey, name, profile }: NetworkServerDevice): Promise<NetworkServerOutcome> {
    const { application, deviceProfiles } = this.#props.settings
    const deviceProfile = deviceProfiles[profile] ?? deviceProfiles['*']
    if (deviceProfile === undefined) {
      return faultOf('not-found', `the settings name no device profile of ChirpStack for ${profile}, and none for "*"`)
    }
    const device = { 1: devEui, 2: name, 4: application, 5: deviceProfile, 10: joinEui }
    const created = await this.#call('Create', { 1: device })
    if (created.kind === 'answered' && created.code === code.alreadyExists) return { ok: true, isNew: false }
    const failure = failureOf(created)
    if (failure) return failure
    const keyed = failureOf(await this.#call('CreateKeys', { 1: { 1: devEui, 2: appKey } }))
    if (!keyed) return { ok: true, isNew: true }
    const undone = failureOf(await this.#call('Delete', { 1: devEui }))
    if (!undone) return keyed
    return faultOf(
      'half-done',
      `device ${devEui} is left in ChirpStack without its key (${keyed.detail}); delete it there`
    )
  }

  async remove(devEui: string): Promise<NetworkServerOutcome> {
    const deleted = await this.#call('Delete', { 1: devEui })
    if (deleted.kind === 'answered' && deleted.code === code.notFound) return { ok: true, isNew: false }
    return failureOf(deleted) ?? { ok: true, isNew: true }
  }

  #call(method: string, fields: Fields): Promise<GrpcOutcome> {
    const { url, key } = this.#props
    return callGrpcWeb({
      ...{ url, method: `api.DeviceService/${method}`, message: encoded(fields) },
      ...{ bearer: key, timeoutMs: answerWithinMs }
    })
  }
}

function encoded(fields: Fields): Uint8Array {
  const writer = new BinaryWriter()
  for (const [number, value] of Object.entries(fields)) {
    writer.tag(Number(number), lengthDelimited)
    if (typeof value === 'string') writer.string(value)
    else writer.bytes(encoded(value))
  }
  return writer.finish()
}

/** Protobuf's wire type of texts and messages. */
const lengthDelimited = 2

function failureOf(outcome: GrpcOutcome): Extract<NetworkServerOutcome, { readonly ok: false }> | undefined {
  if (outcome.kind === 'unreachable') return faultOf('unreachable', outcome.detail)
  switch (outcome.code) {
    case code.ok:
      return undefined
    case code.notFound:
      return faultOf('not-found', outcome.message)
    case code.permissionDenied:
    case code.unauthenticated:
      return faultOf('not-permitted', outcome.message)
    default:
      return faultOf('refused', outcome.message || `gRPC status ${outcome.code}`)
  }
}
