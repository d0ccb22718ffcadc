import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { SenError } from '../model/errors.ts'
import type { RulePack } from '../rules/packs/pack.ts'

let packs: Promise<ReadonlyMap<string, RulePack>> | undefined

/**
 * The packs that come with Sen, by id. They are read when somebody asks first, in a thread that ends again: so much YAML would
 * hold up the main thread, and hardly anybody asks.
 *
 * @throws SenError SEN_INTERNAL if a pack that comes with Sen cannot be read.
 */
export function rulePacks(): Promise<ReadonlyMap<string, RulePack>> {
  packs ??= read().catch((cause: unknown) => {
    packs = undefined
    throw cause
  })
  return packs
}

async function read(): Promise<ReadonlyMap<string, RulePack>> {
  const worker = new Worker(new URL('threads/packs-thread.ts', import.meta.url), { name: 'packs' })
  try {
    const [found] = (await once(worker, 'message')) as [ReadonlyMap<string, RulePack>]
    return found
  } catch (cause) {
    throw new SenError('SEN_INTERNAL', 'read rule packs: those that come with Sen are not as they should be', { cause })
  }
}

/** @throws SenError SEN_NOT_FOUND if there is no pack of this id. */
export async function rulePackOf(id: string): Promise<RulePack> {
  const found = (await rulePacks()).get(id)
  if (!found) throw new SenError('SEN_NOT_FOUND', `find rule pack ${id}: there is none`)
  return found
}
