/**
 * The numeric name of a series: one metric of one device, belonging to one organisation. Dense, from 1, below 2^32;
 * given out once by the state store and never used again, so stores and logs may hold it for ever.
 */
export type SeriesId = number

/** What a series is. A device that moves to another organisation begins new series there. */
export interface SeriesKey {
  readonly organisation: string
  readonly device: string
  readonly metric: string
}

export interface SeriesDefinition extends SeriesKey {
  readonly id: SeriesId
}
