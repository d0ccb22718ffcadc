import type { CodecCall } from '../devices/codec/codec-runtime.ts'
import { QuickJsCodecRuntime } from '../devices/codec/quickjs-codec-runtime.ts'
import type { MappingSink } from '../devices/mapped-field.ts'
import { loadProfiles } from '../devices/profiles/load-profiles.ts'
import type { LoadedProfile } from '../devices/profiles/load-profiles.ts'
import { silentLog } from '../model/log.ts'
import type { Figure, Subject } from './figure.ts'
import { measurePublished } from './published-codecs.ts'
import { median } from './quantile.ts'

const batch = 100
const rounds = 300

/**
 * One payload: codec calls in the sandbox in batches as decode makes them, and the mapping of a plain JSON message.
 * `SEN_CODECS` names a checkout of a device repository, whose codecs are then measured too.
 */
export const codec: Subject = {
  name: 'codec',
  about: 'decoding one payload: sandboxed codecs, and plain JSON',
  measure: async () => {
    const profiles = await loadProfiles()
    return [
      ...(await measureCodec(profiles, { id: 'dragino-lse01', hex: 'CE2900F107A5099B6E2890', fPort: 2 })),
      ...(await measureCodec(profiles, { id: 'milesight-em300-th', hex: '01755C03673401046865', fPort: 85 })),
      measureMapping(profiles),
      ...(process.env['SEN_CODECS'] === undefined ? [] : await measurePublished(process.env['SEN_CODECS']))
    ]
  }
}

type Profiles = ReadonlyMap<string, LoadedProfile>

async function measureCodec(
  profiles: Profiles,
  { id, hex, fPort }: { readonly id: string; readonly hex: string; readonly fPort: number }
): Promise<readonly Figure[]> {
  const source = profiles.get(id)?.codec
  if (source === undefined) throw new Error(`measure codec: profile ${id} has none`)
  const runtime = new QuickJsCodecRuntime({ log: silentLog })
  await runtime.start()
  const bytes = Buffer.from(hex, 'hex')
  const call: CodecCall = { codec: source, function: 'decode', input: { bytes, fPort } }
  const calls = Array.from({ length: batch }, () => call)
  for (let i = 0; i < 20; i++) await runtime.run(calls)

  const times: number[] = []
  const [allBefore, callerBefore] = [cpuUs(process.cpuUsage()), cpuUs(process.threadCpuUsage())]
  for (let i = 0; i < rounds; i++) {
    const began = performance.now()
    await runtime.run(calls)
    times.push(((performance.now() - began) * 1000) / batch)
  }
  const all = (cpuUs(process.cpuUsage()) - allBefore) / (rounds * batch)
  const caller = (cpuUs(process.threadCpuUsage()) - callerBefore) / (rounds * batch)
  await runtime.stop()
  const note = `${caller.toFixed(1)} of them in the caller's thread; ${median(times).toFixed(1)} µs pass`
  return [{ what: `codec ${id}, CPU a call`, value: all, unit: 'µs', note }]
}

function measureMapping(profiles: Profiles): Figure {
  const mapping = profiles.get('load')?.mapping
  if (mapping === undefined) throw new Error('measure mapping: profile load is missing')
  const message: unknown = JSON.parse(
    '{"ts":1790000000123,"seq":7,"air_temperature":27.25,"air_humidity":60.5,"rainfall":0,"wind_speed":2.5,"soil_moisture":31}'
  )
  let values = 0
  const sink: MappingSink = {
    value: () => {
      values++
    },
    refused: () => {},
    unmapped: () => {}
  }
  const times: number[] = []
  for (let round = 0; round < 60; round++) {
    const began = cpuUs(process.threadCpuUsage())
    for (let i = 0; i < 20_000; i++) mapping.map(message, sink)
    times.push((cpuUs(process.threadCpuUsage()) - began) / 20_000)
  }
  const problem = values === 60 * 20_000 * 6 ? {} : { problem: `${values} values mapped` }
  return { what: 'mapping of ts and 6 metrics, CPU', value: median(times.slice(10)), unit: 'µs', ...problem }
}

function cpuUs({ user, system }: NodeJS.CpuUsage): number {
  return user + system
}
