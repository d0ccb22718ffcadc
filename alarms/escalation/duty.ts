import type { EscalationStage, Rota } from '../../model/escalation-policy.ts'

const hourMs = 3_600_000

/** @returns the recipients on duty at a moment: those of a swap, else of the turn. Before the first turn it is the last one's. */
export function onDuty({ begins, turnHours, turns, swaps }: Rota, at: number): readonly string[] {
  const swap = swaps.findLast(({ from, to }) => from <= at && at < to)
  if (swap) return swap.recipients
  const turn = Math.floor((at - begins) / (turnHours * hourMs))
  return turns[((turn % turns.length) + turns.length) % turns.length] ?? []
}

/** @returns the recipients of a stage at a moment, each once: those it names, and those on duty. */
export function membersOf(stage: EscalationStage, rotas: ReadonlyMap<string, Rota>, at: number): readonly string[] {
  const rota = stage.rota === undefined ? undefined : rotas.get(stage.rota)
  return [...new Set([...stage.recipients, ...(rota ? onDuty(rota, at) : [])])]
}
