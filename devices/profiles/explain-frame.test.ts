import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../model/log.ts'
import { QuickJsCodecRuntime } from '../codec/quickjs-codec-runtime.ts'
import { explainFrame } from './explain-frame.ts'
import { loadProfiles } from './load-profiles.ts'
import type { LoadedProfile } from './load-profiles.ts'

const runtime = new QuickJsCodecRuntime({ log: silentLog })
beforeAll(() => runtime.start())
afterAll(() => runtime.stop())

const own = await loadProfiles()

function profileOf(id: string): LoadedProfile {
  const found = own.get(id)
  if (!found) throw new Error(`there is no profile ${id}`)
  return found
}

const explain = (id: string, hex: string, fPort: number) =>
  explainFrame(profileOf(id), runtime, { bytes: Buffer.from(hex, 'hex'), fPort })

describe('explainFrame', () => {
  const lorawan = [...own.values()].filter(({ codec }) => codec !== undefined)

  test.each(lorawan.map(loaded => [loaded.profile.id, loaded] as const))(
    'names in Vietnamese, with units, what a frame of %s says',
    async (_id, loaded) => {
      const example = loaded.examples.find(({ readings = [] }) => readings.length > 0)
      const frame = { bytes: Buffer.from(example?.bytes ?? '', 'hex'), fPort: example?.fPort ?? null }

      const { readings, remarks } = await explainFrame(loaded, runtime, frame)

      expect(readings.map(({ metric, value }) => [metric, value])).toEqual(
        example?.readings?.map(({ metric, value }) => [
          metric,
          typeof value === 'number' ? expect.closeTo(value, 6) : value
        ])
      )
      expect(readings.filter(({ about }) => !about.vi || (about.kind === 'boolean' && about.unit))).toEqual([])
      expect(remarks.filter(remark => !remark.startsWith('warning: '))).toEqual([])
    }
  )

  test('marks what is not plausible', async () => {
    const { readings } = await explain('decentlab-dl-5tm', '02023B0003003702710C60', 1)

    expect(readings.filter(({ isPlausible }) => !isPlausible).map(({ metric }) => metric)).toEqual(['soil_moisture'])
  })

  test('tells warnings and what is not stored', async () => {
    const { remarks } = await explain('milesight-em300-th', '017564FF0101ABCD', 85)

    expect(remarks).toEqual(['warning: unknown channel ab cd at byte 6', 'not stored: protocol_version'])
  })

  test.each([
    ['dragino-lse01', 'codec-error: unknown FPort'],
    ['json-weather', 'its payload is JSON, not bytes']
  ])('says why there is nothing to show: %s', async (id, reason) => {
    await expect(explain(id, '00', 99)).rejects.toMatchObject({
      code: 'SEN_INPUT_INVALID',
      message: `decode ${id}: ${reason}`
    })
  })
})
