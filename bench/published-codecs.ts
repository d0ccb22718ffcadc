import type { CodecCall, CodecRuntime } from '../devices/codec/codec-runtime.ts'
import type { PublishedCodec } from '../devices/collections/published-codec.ts'
import { readCollection } from '../devices/collections/read-collection.ts'
import { silentLog } from '../model/log.ts'
import { openTrialRuntime } from '../server/wire/codec-runtime.ts'
import type { Figure } from './figure.ts'
import { median, quantile } from './quantile.ts'

const batch = 100
const rounds = 9

/**
 * A warm call of each codec of a device repository, with the first of its examples that decodes: batches as decode makes
 * them, the median of the batches, processor time of thread and caller together.
 */
export async function measurePublished(folder: string): Promise<readonly Figure[]> {
  const runtime = openTrialRuntime(silentLog)
  await runtime.start()
  const { codecs } = await readCollection(folder, runtime)
  const medians: number[] = []
  for (const codec of codecs) {
    const call = await goodCall(codec, runtime)
    if (call !== undefined) medians.push(await medianUs(call, runtime))
  }
  await runtime.stop()
  const note = `${medians.length} codecs; the slowest twentieth from ${quantile(medians, 0.95).toFixed(0)} µs, the slowest ${Math.max(...medians).toFixed(0)} µs`
  return [
    {
      what: 'published codecs, CPU of a warm call: the median codec',
      value: median(medians),
      unit: 'µs',
      note,
      bar: { bar: 50, stretch: 25, isBetter: 'smaller' }
    }
  ]
}

async function goodCall(
  { path, source, examples }: PublishedCodec,
  runtime: CodecRuntime
): Promise<CodecCall | undefined> {
  for (const example of examples) {
    if (example.function !== 'decode') continue
    const call: CodecCall = { codec: { id: path, source }, function: 'decode', input: example.input }
    const [result] = await runtime.run([call])
    if (result?.ok === true) return call
  }
  return undefined
}

async function medianUs(call: CodecCall, runtime: CodecRuntime): Promise<number> {
  const calls = Array.from({ length: batch }, () => call)
  await runtime.run(calls)
  const times: number[] = []
  for (let i = 0; i < rounds; i++) {
    const began = process.cpuUsage()
    await runtime.run(calls)
    const { user, system } = process.cpuUsage(began)
    times.push((user + system) / batch)
  }
  return median(times)
}
