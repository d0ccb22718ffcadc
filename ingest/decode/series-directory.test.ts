import { describe, expect, it } from 'vitest'
import type { SeriesKey } from '../../model/series.ts'
import { SeriesDirectory, firstPlaceholder } from './series-directory.ts'

const key = (metric: string, device = 'd', organisation = 'o'): SeriesKey => ({ organisation, device, metric })

/** A directory whose new ids begin at 100, and what it asked for. */
function directory(known: readonly (SeriesKey & { readonly id: number })[] = []) {
  const asked: SeriesKey[][] = []
  const series = new SeriesDirectory(known, async keys => {
    asked.push([...keys])
    return keys.map((_, i) => 100 + i)
  })
  return { asked, series }
}

describe('SeriesDirectory', () => {
  it('knows the series it was given', async () => {
    const { asked, series } = directory([{ ...key('ph'), id: 7 }])
    expect(series.seriesOf('o', 'd').get('ph')).toBe(7)
    expect(await series.settle()).toEqual([])
    expect(asked).toEqual([])
  })

  it('keeps organisations and devices of one name apart', () => {
    const { series } = directory([{ ...key('ph'), id: 7 }])
    expect(series.seriesOf('p', 'd').get('ph')).toBeUndefined()
    expect(series.seriesOf('o', 'e').get('ph')).toBeUndefined()
  })

  it('gives placeholders in order, which it keeps until they are settled in one request', async () => {
    const { asked, series } = directory()
    expect(series.placeholder(key('ph'))).toBe(firstPlaceholder)
    expect(series.placeholder(key('co2'))).toBe(firstPlaceholder + 1)
    expect(series.seriesOf('o', 'd').get('ph')).toBe(firstPlaceholder)
    expect(await series.settle()).toEqual([
      { ...key('ph'), id: 100 },
      { ...key('co2'), id: 101 }
    ])
    expect(asked).toEqual([[key('ph'), key('co2')]])
    expect(series.seriesOf('o', 'd').get('co2')).toBe(101)
  })

  it('begins placeholders anew after settling', async () => {
    const { series } = directory()
    series.placeholder(key('ph'))
    await series.settle()
    expect(series.placeholder(key('co2'))).toBe(firstPlaceholder)
  })

  it('asks again for the same series when the state store did not answer', async () => {
    let isUp = false
    const series = new SeriesDirectory([], async keys => {
      if (!isUp) throw new Error('state store is away')
      return keys.map(() => 5)
    })
    series.placeholder(key('ph'))
    await expect(series.settle()).rejects.toThrow('away')
    isUp = true
    expect(await series.settle()).toEqual([{ ...key('ph'), id: 5 }])
  })
})
