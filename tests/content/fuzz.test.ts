import { describe, expect, it } from 'vitest'
import { decoders } from '../../ingest/decode/decoder.fixture.ts'
import { fileFormats } from './fuzz-files.ts'
import { expectCounted, messageFormats } from './fuzz-messages.ts'
import { Mutations } from './mutations.ts'

/* Each format in short, always the same wrong inputs; `fuzz.long.test.ts` tries each for a minute. */
const seed = 20_261
const rounds = 250

describe(`wrong input in each format (seed ${seed})`, () => {
  const decoderOf = decoders()

  it.each(messageFormats)('of $name has one outcome that is counted', async ({ wrong }) => {
    const mutations = new Mutations(seed)
    const seen = new Set<string>()
    for (let i = 0; i < rounds; i++) seen.add(await expectCounted(wrong(mutations), decoderOf))
    expect(seen.size).toBeGreaterThan(1)
    expect(({} as Readonly<Record<string, unknown>>)['polluted']).toBeUndefined()
  })

  it.each(fileFormats)('of $name is taken or refused by name', ({ round }) => {
    const mutations = new Mutations(seed)
    const seen = new Set<string>()
    for (let i = 0; i < rounds; i++) seen.add(round(mutations)())
    expect(seen.size).toBeGreaterThan(1)
  })
})
