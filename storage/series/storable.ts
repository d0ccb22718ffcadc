import type { Position } from '../../model/position.ts'
import type { Reading, ReadingBatch } from '../../model/reading-batch.ts'

/** The furthest moments a `Date` can hold, ms from the epoch. */
const maxTime = 8.64e15
/** Ids are dense, so columns in memory reach up to the highest: a higher one than this is damage, not a series. */
export const maxSeries = 2 ** 24

/**
 * Says why row `index` cannot be stored, or `undefined` if it can. Decode hands over nothing of the kind; the store makes sure.
 */
export function refusalOf(batch: ReadingBatch, index: number): string | undefined {
  const series = batch.series[index] ?? 0
  if (series === 0 || series > maxSeries) return `series ${series} is not from 1 to ${maxSeries}`
  const time = batch.time[index] ?? NaN
  if (!Number.isInteger(time) || Math.abs(time) > maxTime)
    return `time ${time} is not a whole number of ms within ±${maxTime}`
  const value = batch.value[index] ?? NaN
  if (Number.isFinite(value) || (Number.isNaN(value) && batch.texts.has(index))) return undefined
  return `value ${value} is not a number`
}

/**
 * Says whether row `index` of a batch was handed over before: the `readings` log was rebuilt, and cut into other batches.
 * Rows of a later generation are handed over at the position of the control record that ended their batch, whatever
 * messages they come from, so the batch's position alone decides for them.
 */
export function isHandedOver(batch: ReadingBatch, index: number, position: Position): boolean {
  return batch.generation[index] === 0 && (batch.at[index] ?? 0) <= position
}

/** Row `index` of a batch as one object. */
export function readingAt(batch: ReadingBatch, index: number): Reading {
  return {
    series: batch.series[index] ?? 0,
    time: batch.time[index] ?? 0,
    value: batch.texts.get(index) ?? batch.value[index] ?? 0,
    quality: batch.quality[index] ?? 0,
    generation: batch.generation[index] ?? 0,
    at: batch.at[index] ?? 0
  }
}
