import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeFileSystem } from '../journal/file/node-file-system.ts'

/** The yardstick of the disk: how long one 64-KiB write and its fdatasync take, ms each. */
export async function diskLatencies(writes: number): Promise<readonly number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sen-bench-disk-'))
  const block = new Uint8Array(65_536).fill(7)
  const tookMs: number[] = []
  try {
    const file = await nodeFileSystem.open(join(folder, 'blocks'), 'create')
    for (let i = 0; i < writes; i++) {
      const began = performance.now()
      await file.write(block, i * block.length)
      await file.datasync()
      tookMs.push(performance.now() - began)
    }
    await file.close()
  } finally {
    await rm(folder, { recursive: true })
  }
  return tookMs
}
