import { SenError } from '../../model/errors.ts'
import type { Metric } from '../../model/metric.ts'
import { decodePurposeOf } from '../codec/codec-runtime.ts'
import type { CodecRuntime } from '../codec/codec-runtime.ts'
import { mappedRows } from '../mapped-rows.ts'
import type { MappedRow } from '../mapped-rows.ts'
import type { LoadedProfile } from './load-profiles.ts'

/** What a profile makes of one frame, for people. */
export interface FrameExplanation {
  readonly readings: readonly (MappedRow & {
    readonly metric: string
    readonly about: Metric
    readonly isPlausible: boolean
  })[]
  /** The codec's warnings, and what was refused or is not mapped. */
  readonly remarks: readonly string[]
}

/**
 * Decodes one frame as it would be decoded on its way in; nothing is stored.
 *
 * @throws SenError `SEN_INPUT_INVALID` if the profile has no codec, or the codec answers with an error.
 */
export async function explainFrame(
  { profile, codec, mapping }: LoadedProfile,
  runtime: Pick<CodecRuntime, 'run'>,
  frame: { readonly bytes: Uint8Array; readonly fPort: number | null }
): Promise<FrameExplanation> {
  if (codec === undefined)
    throw new SenError('SEN_INPUT_INVALID', `decode ${profile.id}: its payload is JSON, not bytes`)
  const [answer] = await runtime.run([{ codec, function: decodePurposeOf(codec), input: frame }])
  if (!answer?.ok) throw new SenError('SEN_INPUT_INVALID', `decode ${profile.id}: ${answer?.code}: ${answer?.message}`)
  const { data, warnings = [] } = answer.output as { data?: unknown; warnings?: readonly unknown[] } // TS013's answer
  const { rows, refused, unmapped } = mappedRows(mapping, data)
  return {
    readings: rows.flatMap(row => explained(row, mapping.metrics)),
    remarks: [
      ...warnings.map(warning => `warning: ${String(warning)}`),
      ...refused.map(({ field, reason }) => `refused: ${field}: ${reason}`),
      ...unmapped.map(field => `not stored: ${field}`)
    ]
  }
}

function explained(row: MappedRow, metrics: readonly Metric[]): FrameExplanation['readings'] {
  const about = metrics.find(({ name }) => name === row.metric)
  if (!about) return []
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = about
  const isPlausible = typeof row.value !== 'number' || (row.value >= min && row.value <= max)
  return [{ ...row, about, isPlausible }]
}
