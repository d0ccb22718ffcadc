/**
 * What decoding one payload costs: codec calls in the sandbox (Dragino LSE01, batches of 100 as decode makes them), the thread's
 * own share of it, and the mapping of a plain JSON message.
 *
 *     node bench/codec.ts
 */
import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import type { CodecCall } from '../devices/codec/codec-runtime.ts'
import { QuickJsCodecRuntime } from '../devices/codec/quickjs-codec-runtime.ts'
import type { MappingSink } from '../devices/mapped-field.ts'
import { loadProfiles } from '../devices/profiles/load-profiles.ts'
import { silentLog } from '../model/log.ts'

const batch = 100
const rounds = 300

const profiles = await loadProfiles()
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}, commit ${commit}`
)

await measureCodec('dragino-lse01', 'CE2900F107A5099B6E2890', 2)
await measureCodec('milesight-em300-th', '01755C03673401046865', 85)
measureMapping()

async function measureCodec(id: string, hex: string, fPort: number): Promise<void> {
  const codec = profiles.get(id)?.codec
  if (codec === undefined) throw new Error(`measure codec: profile ${id} has none`)
  const runtime = new QuickJsCodecRuntime({ log: silentLog })
  await runtime.start()
  const bytes = Buffer.from(hex, 'hex')
  const calls = Array.from({ length: batch }, (): CodecCall => ({ codec, function: 'decode', input: { bytes, fPort } }))
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
  console.log(
    `${id}: ${median(times).toFixed(1)} µs a call (median of ${rounds} batches of ${batch}); ` +
      `CPU ${all.toFixed(1)} µs, of which ${caller.toFixed(1)} in the caller's thread`
  )
}

function cpuUs({ user, system }: NodeJS.CpuUsage): number {
  return user + system
}

function measureMapping(): void {
  const mapping = profiles.get('load')?.mapping
  if (mapping === undefined) throw new Error('measure mapping: profile load is missing')
  const message: unknown = JSON.parse(
    '{"ts":1790000000123,"seq":7,"air_temperature":27.25,"air_humidity":60.5,"rainfall":0,"wind_speed":2.5,"soil_moisture":31}'
  )
  let sum = 0
  const sink: MappingSink = {
    value: (metric, value) => {
      if (typeof value === 'number') sum += metric + value
    },
    refused: () => {},
    unmapped: () => {}
  }
  const times: number[] = []
  for (let round = 0; round < 60; round++) {
    const began = cpuUs(process.threadCpuUsage())
    for (let i = 0; i < 20_000; i++) mapping.map(message, sink)
    times.push(((cpuUs(process.threadCpuUsage()) - began) * 1000) / 20_000)
  }
  console.log(
    `mapping of ts and 6 metrics: ${median(times.slice(10)).toFixed(0)} ns CPU a message (checksum ${sum > 0})`
  )
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
