import { createInterface } from 'node:readline'
import { Command } from 'commander'
import { decodeCases } from '../../devices/codec/decode-cases.ts'
import { SenError } from '../../model/errors.ts'
import { threadLog } from '../log.ts'
import { openCodecRuntime } from '../wire.ts'

/** `sen decode --jsonl`: runs codecs on cases from standard input, one JSON a line, answers in order. */
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
    .action(async ({ jsonl }: { jsonl?: boolean }) => {
      if (!jsonl) throw new SenError('SEN_INPUT_INVALID', 'decode: --jsonl must be given')
      const runtime = openCodecRuntime(threadLog('decode', { SEN_LOG: 'warn' }))
      await runtime.start()
      try {
        for await (const answer of decodeCases(createInterface({ input: process.stdin }), runtime)) {
          process.stdout.write(`${JSON.stringify(answer)}\n`)
        }
      } finally {
        await runtime.stop()
      }
    })
}
