import { createHash } from 'node:crypto'
import type { AlarmEvidence, AlarmStep } from '../../model/alarm.ts'

/** What an alarm's first step is chained to. */
export const chainBegin = '0'.repeat(64)

/** @returns the hash of a step: SHA-256 over the hash of the step before and all that the step says, as JSON. */
export function hashOf(previous: string, step: Omit<AlarmStep, 'hash'>): string {
  const { sequence, alarm, step: number, at, author, authorName, body } = step
  return createHash('sha256')
    .update(JSON.stringify([previous, sequence, alarm, number, at, author, authorName, body]))
    .digest('hex')
}

/** @returns what stands in the step that raised the alarm for the evidence that was copied then. */
export function digestOf(evidence: AlarmEvidence): string {
  return createHash('sha256').update(JSON.stringify(evidence)).digest('hex')
}

/**
 * Follows the steps of one alarm.
 *
 * @param steps - all of them, in order.
 * @param end - what the alarm itself says its last step is; a cut end shows by it.
 * @returns what is wrong, in words; empty where nothing is.
 */
export function chainFaults(
  alarm: string,
  steps: readonly AlarmStep[],
  end?: { readonly steps: number; readonly hash: string }
): readonly string[] {
  const faults: string[] = []
  let previous = chainBegin
  let expected = 1
  for (const step of steps) {
    if (step.step !== expected) faults.push(`alarm ${alarm}: steps ${expected} to ${step.step - 1} are missing`)
    else if (step.alarm !== alarm || step.hash !== hashOf(previous, step))
      faults.push(`alarm ${alarm}: step ${step.step} (${step.body.kind}) is not what was written`)
    previous = step.hash
    expected = step.step + 1
  }
  if (end && end.steps !== expected - 1)
    faults.push(`alarm ${alarm}: its history ends with step ${expected - 1}; step ${end.steps} was written last`)
  else if (end && end.hash !== previous) faults.push(`alarm ${alarm}: its last step is not what was written`)
  return faults
}

/** @returns what is wrong with the evidence of an alarm: what was copied is not what its step says. */
export function evidenceFaults(
  steps: readonly AlarmStep[],
  copied: readonly { readonly alarm: string; readonly evidence: AlarmEvidence }[]
): readonly string[] {
  const digests = new Map(copied.map(({ alarm, evidence }) => [alarm, digestOf(evidence)]))
  return steps.flatMap(({ alarm, step, body }) => {
    if (body.kind !== 'raised' || body.evidence === undefined || digests.get(body.alarm) === body.evidence) return []
    const words = digests.has(body.alarm) ? 'is not what was written' : 'is missing'
    return [`alarm ${alarm}: the evidence of step ${step} ${words}`]
  })
}
