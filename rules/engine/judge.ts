import type { CrossingReading } from '../../model/alarm.ts'
import type { Rule } from '../../model/rule.ts'
import { compileCondition } from './conditions/compile-condition.ts'
import type { Compiled, Moment, PlaceWhenOn, Workshop } from './conditions/compiled.ts'
import { memoryMsOf } from './conditions/memory.ts'
import type { SeriesHistory } from './series-history.ts'

/** Where the histories of a judge come from. */
export type JudgeProps = Omit<Workshop, 'place'>

interface Place {
  readonly name: string
  readonly level: number
  readonly whenOn: PlaceWhenOn
}

/** A rule made ready for one subject: says at which level it stands at a moment. Remembers nothing itself. */
export class Judge {
  readonly #levels: readonly (Compiled | undefined)[]
  readonly #places: Place[] = []
  readonly #sources = new Set<SeriesHistory>()
  readonly sources: readonly SeriesHistory[]
  /** The furthest that any of its conditions looks back, ms. */
  readonly lookBackMs: number
  /** So long before a moment it must begin to be right there, ms. */
  readonly memoryMs: number

  /** @param devices - that the subject consists of. */
  constructor(rule: Rule, devices: readonly string[], props: JudgeProps) {
    let lookBackMs = 0
    const known = <T extends SeriesHistory>(history: T): T => {
      this.#sources.add(history)
      return history
    }
    this.#levels = rule.levels.map(({ when }, level) =>
      compileCondition(
        when,
        { path: `${level}`, devices },
        {
          ...props,
          history: (device, metric, keep) => {
            lookBackMs = Math.max(lookBackMs, keep.ms)
            return known(props.history(device, metric, keep))
          },
          seen: (device, metric) => known(props.seen(device, metric)),
          place: (name, whenOn) => this.#places.push({ name, level: level + 1, whenOn }) - 1
        }
      )
    )
    this.sources = [...this.#sources]
    this.lookBackMs = lookBackMs
    this.memoryMs = Math.max(...rule.levels.map(({ when }) => memoryMsOf(when)))
  }

  /** @returns the state of a subject of which nothing is known. */
  newState(): number[] {
    return this.#places.map(() => Number.NaN)
  }

  /** @returns the state of a subject of which only its level is known at a time. */
  guessedState(level: number, t: number): number[] {
    const state = this.newState()
    for (const [index, place] of this.#places.entries()) {
      if (place.level > level || place.whenOn === 'nothing') continue
      state[index] = place.whenOn === 'one' ? 1 : t - this.lookBackMs - 31 * 86_400_000
    }
    return state
  }

  /** @returns what an earlier judge of the same rule remembered, where this one has the same part. */
  adopted(state: number[], of: Judge): number[] {
    const places = new Map(of.#places.map(({ name }, index) => [name, index]))
    return this.#places.map(({ name }) => state[places.get(name) ?? -1] ?? Number.NaN)
  }

  /** @returns the highest level whose condition holds, from 1; 0: none does. */
  levelAt(state: number[], moment: Moment): number {
    moment.next = Number.POSITIVE_INFINITY
    let level = 0
    const levels = this.#levels
    for (let i = 0; i < levels.length; i++) if (levels[i]?.holds(state, moment) === 1) level = i + 1
    return level
  }

  readings(level: number, t: number): readonly CrossingReading[] {
    return this.#levels[level - 1]?.readings(t) ?? []
  }
}
