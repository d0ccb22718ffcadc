/**
 * What is known of a reading's trustworthiness: a set of marks, kept as bits. No mark: good.
 *
 * - `receive-time`: the device's own time was outside the accepted window, so the time of receipt stands in its place
 * - `implausible`: outside the range the metric catalogue or the profile calls plausible
 * - `manual`: entered by a person
 * - `doubtful`: from a sensor that is stuck, throws single values out, or walks away from its neighbours (`docs/health.md`)
 * - `simulated`: no device measured it: it comes from the simulated province, or from a network server that was tried out
 * - `derived`: no device measured it: Sen calculated it from readings (`docs/derived-metrics.md`)
 * - `withdrawn`: a person took back what was entered here; queries leave it out
 */
export const qualityBits = {
  'receive-time': 1,
  implausible: 2,
  manual: 4,
  simulated: 8,
  doubtful: 16,
  derived: 32,
  withdrawn: 128
} as const

export type QualityMark = keyof typeof qualityBits

/** Bits of `qualityBits`, 0 to 255. */
export type Quality = number

export const goodQuality: Quality = 0

const marks = Object.entries(qualityBits)

/**
 * @returns the bits of what `qualityText` gave.
 * @throws RangeError for a mark that there is not.
 */
export function qualityOf(text: string): Quality {
  if (text === 'good' || text === '') return goodQuality
  return text.split(',').reduce((bits, mark) => {
    const bit = marks.find(([name]) => name === mark.trim())?.[1]
    if (bit === undefined) throw new RangeError(`read quality "${text.slice(0, 100)}": there is no mark ${mark}`)
    return bits | bit
  }, goodQuality)
}

/** @returns `good`, or the marks joined by commas, for example `receive-time,implausible`. */
export function qualityText(quality: Quality): string {
  if (quality === goodQuality) return 'good'
  return marks
    .filter(([, bit]) => (quality & bit) !== 0)
    .map(([mark]) => mark)
    .join(',')
}
