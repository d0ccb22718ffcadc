import type { Position } from '../../model/position.ts'

/** What the reader of calculations knows between starts. Throws `SEN_STATE_FAILED`. */
export interface DerivedStore {
  /** Replaces what is kept, and moves the position that it stands for, in one transaction. @param snapshot - JSON. */
  keep(snapshot: string, position: Position): Promise<void>
  /** What was kept last, and its position; `undefined` and 0 if nothing was. */
  kept(): Promise<{ readonly snapshot: string | undefined; readonly position: Position }>
}
