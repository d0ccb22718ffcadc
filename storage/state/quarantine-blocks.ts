import type { Kysely } from 'kysely'
import type { Position } from '../../model/position.ts'
import { chunks } from './chunks.ts'
import type { StateTables } from './tables.ts'

/** Positions a row: 4 KiB of bits. */
const blockSize = 32_768
const rowsPerStatement = 100

/**
 * Notes, within the caller's transaction, that messages are or are no longer in quarantine. The index of them is cut to its
 * newest entries; these bits are not, so that decoding again knows of every message what it was.
 */
export async function setQuarantined(
  trx: Kysely<StateTables>,
  positions: readonly Position[],
  isThere: boolean
): Promise<void> {
  const byBlock = Map.groupBy(positions, position => Math.floor(position / blockSize))
  for (const part of chunks([...byBlock], rowsPerStatement)) {
    const known = await blocksOf(
      trx,
      part.map(([block]) => block)
    )
    const changed = part.map(([block, some]) => {
      const bits = known.get(block) ?? new Uint8Array(blockSize / 8)
      for (const position of some) {
        const place = position - block * blockSize
        const bit = 1 << (place & 7)
        bits[place >> 3] = isThere ? (bits[place >> 3] ?? 0) | bit : (bits[place >> 3] ?? 0) & ~bit
      }
      return { block, bits }
    })
    await trx
      .insertInto('quarantine_block')
      .values(changed)
      .onConflict(conflict => conflict.column('block').doUpdateSet(({ ref }) => ({ bits: ref('excluded.bits') })))
      .execute()
  }
}

/** The positions from `from` to `to`, both included, of messages in quarantine, rising. */
export async function quarantinedBetween(
  db: Kysely<StateTables>,
  from: Position,
  to: Position
): Promise<readonly Position[]> {
  const rows = await db
    .selectFrom('quarantine_block')
    .selectAll()
    .where('block', '>=', Math.floor(from / blockSize))
    .where('block', '<=', Math.floor(to / blockSize))
    .orderBy('block')
    .execute()
  return rows.flatMap(row => positionsIn(row)).filter(position => position >= from && position <= to)
}

function positionsIn({ block, bits }: { readonly block: number; readonly bits: Uint8Array }): readonly Position[] {
  const found: Position[] = []
  for (const [index, byte] of bits.entries()) {
    if (byte === 0) continue
    for (let bit = 0; bit < 8; bit++) if ((byte & (1 << bit)) !== 0) found.push(block * blockSize + index * 8 + bit)
  }
  return found
}

async function blocksOf(trx: Kysely<StateTables>, blocks: readonly number[]): Promise<Map<number, Uint8Array>> {
  const rows = await trx.selectFrom('quarantine_block').selectAll().where('block', 'in', blocks).execute()
  return new Map(rows.map(({ block, bits }) => [block, Uint8Array.from(bits)]))
}
