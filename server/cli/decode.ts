import { createInterface } from 'node:readline'
import { Command } from 'commander'
import type { CodecRuntime } from '../../devices/codec/codec-runtime.ts'
import { decodeCases } from '../../devices/codec/decode-cases.ts'
import { explainFrame } from '../../devices/profiles/explain-frame.ts'
import { loadProfiles } from '../../devices/profiles/load-profiles.ts'
import { SenError } from '../../model/errors.ts'
import { threadLog } from '../log.ts'
import { openCodecRuntime } from '../wire/codec-runtime.ts'
import { printRows } from './print-rows.ts'

/**
 * `sen decode --jsonl`: runs codecs on cases from standard input, one JSON a line, answers in order.
 * `sen decode --profile ID --bytes HEX --port N`: what a profile makes of one frame.
 */
export function commands(): readonly Command[] {
  return [decodeCommand()]
}

function decodeCommand(): Command {
  return new Command('decode')
    .description('runs payload codecs in the sandbox')
    .option(
      '--jsonl',
      'reads {"codec","call","input"} a line, writes {"output"} or {"error":{"code","message"}} a line'
    )
    .option(
      '--profile <id>',
      'shows what this profile makes of one frame: metric, name, value, unit, mark, time (tab separated)'
    )
    .option('--bytes <hex>', 'the frame, hexadecimal')
    .option('--port <n>', 'its FPort', Number)
    .action(async (options: DecodeOptions) => {
      const runtime = openCodecRuntime(threadLog('decode', { SEN_LOG: 'warn' }))
      await runtime.start()
      try {
        if (options.jsonl) await answerLines(runtime)
        else await showFrame(options, runtime)
      } finally {
        await runtime.stop()
      }
    })
}

interface DecodeOptions {
  readonly jsonl?: boolean
  readonly profile?: string
  readonly bytes?: string
  readonly port?: number
}

async function answerLines(runtime: CodecRuntime): Promise<void> {
  for await (const answer of decodeCases(createInterface({ input: process.stdin }), runtime)) {
    process.stdout.write(`${JSON.stringify(answer)}\n`)
  }
}

async function showFrame({ profile, bytes = '', port }: DecodeOptions, runtime: CodecRuntime): Promise<void> {
  const profiles = await loadProfiles()
  const loaded = profiles.get(profile ?? '')
  if (!loaded) {
    throw new SenError(
      'SEN_INPUT_INVALID',
      `decode: --jsonl, or --profile with one of ${[...profiles.keys()].join(', ')}`
    )
  }
  if (!/^([0-9a-f]{2})+$/i.test(bytes))
    throw new SenError('SEN_INPUT_INVALID', `decode: --bytes "${bytes}" is not hexadecimal`)
  const frame = { bytes: Buffer.from(bytes, 'hex'), fPort: port ?? null }
  const { readings, remarks } = await explainFrame(loaded, runtime, frame)
  printRows(
    readings.map(({ metric, about, value, time, isPlausible }) => {
      const shown = typeof value === 'boolean' ? String(value) : value
      const at = time === undefined || Number.isNaN(time) ? undefined : new Date(time).toISOString()
      return [metric, about.vi, shown, about.unit, isPlausible ? undefined : 'implausible', at]
    })
  )
  printRows(remarks.map(remark => [remark]))
}
