import { describe, expect, it } from 'vitest'
import type { RowsPage } from './series-store.ts'
import { csvOf, textCell } from './csv.ts'

const names = {
  device: 'lua-01',
  metric: 'air_temperature',
  unit: 'Cel'
}

async function textOf(pages: readonly RowsPage[], name = names): Promise<string> {
  let text = ''
  for await (const piece of csvOf(pages, () => name)) text += piece
  return text
}

function page(value: readonly (number | string)[], quality = 0): RowsPage {
  return {
    series: value.map(() => 1),
    time: value.map((_, row) => Date.UTC(2026, 0, 2, 3, 4, 5, row)),
    value,
    quality: value.map(() => quality),
    cursor: undefined
  }
}

describe('CSV export', () => {
  it('has only its header when there are no rows', async () => {
    expect(await textOf([])).toBe('device,metric,unit,time,value,quality\r\n')
  })

  it('writes one line a row, with times in UTC and marks of quality in one quoted cell', async () => {
    expect(await textOf([page([24.5], 3)])).toBe(
      'device,metric,unit,time,value,quality\r\n' +
        'lua-01,air_temperature,Cel,2026-01-02T03:04:05.000Z,24.5,"receive-time,implausible"\r\n'
    )
  })

  it('leaves numbers alone and guards words', async () => {
    const text = await textOf([page([-3.5, 1e-7, 1e21, '-3.5', '=1+1', 'Đang tưới, ổn'])])
    const cells = text.split('\r\n').slice(1, -1)
    const values = cells.map(line => line.slice(line.indexOf('Z,') + 2, line.lastIndexOf(',')))
    expect(values).toEqual(['-3.5', '1e-7', '1e+21', "'-3.5", "'=1+1", '"Đang tưới, ổn"'])
  })

  it('guards names too', async () => {
    const text = await textOf([page([1])], { device: '=cmd()', metric: '@m', unit: '+u' })
    expect(text).toContain("\r\n'=cmd(),'@m,'+u,")
  })

  it('keeps every row of many pages', async () => {
    const long = page(Array.from({ length: 2500 }, (_, row) => row))
    expect((await textOf([long, long])).split('\r\n')).toHaveLength(1 + 5000 + 1)
  })

  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['=SUM(A1)', "'=SUM(A1)"],
    ['+84', "'+84"],
    ['-1', "'-1"],
    ['@x', "'@x"],
    ['\tx', "'\tx"],
    ['\rx', '"\'\rx"'],
    ['a=b', 'a=b'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    ['=A1,"b"', '"\'=A1,""b"""']
  ])('writes the words %j as %j', (text, cell) => {
    expect(textCell(text)).toBe(cell)
  })
})
