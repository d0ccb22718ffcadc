/**
 * The place of a record in a partition of the raw log: ordered, opaque otherwise. 0 stands before the first record.
 *
 * A whole number below 2^53. On files it counts records (1, 2, 3 …); another journal may leave gaps.
 * Every reading, and every reader of either log, speaks of raw positions.
 */
export type Position = number

/** Before the first record. */
export const origin: Position = 0
