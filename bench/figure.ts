/** What is wished of a figure. */
export interface Bar {
  readonly bar: number
  readonly stretch: number
  /** Whether a smaller or a larger value is better. */
  readonly isBetter: 'smaller' | 'larger'
}

/** One measured number. */
export interface Figure {
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly bar?: Bar
  /** What a reader must know beside the number. */
  readonly note?: string
  /** Why the number does not count. */
  readonly problem?: string
}

/** How the benchmarks are run. */
export interface Run {
  /** Length of one measured load, s. */
  readonly seconds: number
  /** Size of the stored history, points. */
  readonly points: number
  /** How many passwords are guessed at. */
  readonly guesses: number
  readonly isProfiled: boolean
  /** Says what goes on, for people. */
  readonly tell: (text: string) => void
}

/** One thing that is measured. */
export interface Subject {
  readonly name: string
  readonly about: string
  readonly measure: (run: Run) => Promise<readonly Figure[]>
}
