import { describe, expect, it } from 'vitest'
import { failpoint, failpointsOf, killpoints, slowed, slowpoints } from '../../model/failpoint.ts'
import { settingsOf } from '../../server/config.ts'
import { projectFiles } from '../architecture/project-files.ts'
import { recoveryPoints, redecodePoints, stages } from './stages.ts'

const code = projectFiles().filter(({ path }) => /^(?:ingest|journal|server|storage)\/.*(?<!\.test)\.ts$/.test(path))

describe('SEN_FAILPOINT', () => {
  it.each([
    ['store-committed', [{ name: 'store-committed', pass: 1, delayMs: undefined }]],
    ['answered:20', [{ name: 'answered', pass: 20, delayMs: undefined }]],
    ['disk-sync:delay=500', [{ name: 'disk-sync', pass: undefined, delayMs: 500 }]],
    ['disk-sync:20:delay=30000', [{ name: 'disk-sync', pass: 20, delayMs: 30_000 }]],
    [
      'decoded:2,disk-sync:delay=1',
      [
        { name: 'decoded', pass: 2, delayMs: undefined },
        { name: 'disk-sync', pass: undefined, delayMs: 1 }
      ]
    ],
    ['', []],
    [undefined, []]
  ])('reads %s', (text, armed) => {
    expect(failpointsOf(text)).toEqual(armed)
  })

  it.each(['store-comitted', 'answered:0', 'answered:delay=5', 'disk-sync', 'answered,', 'Answered', 'answered:3:'])(
    'stops the start for "%s"',
    text => {
      expect(() => settingsOf({ SEN_FAILPOINT: text })).toThrow(
        expect.objectContaining({ code: 'SEN_SETTING_INVALID', message: expect.stringContaining('SEN_FAILPOINT') })
      )
    }
  )

  it('cannot be set by the configuration file', () => {
    expect(Object.keys(settingsOf({}))).not.toContain('SEN_FAILPOINT')
  })

  it.each(killpoints)('%s is passed somewhere, and a stage dies there', name => {
    expect(code.some(({ text }) => text.includes(`'${name}'`))).toBe(true)
    expect([...stages.flatMap(({ points }) => points), ...recoveryPoints, ...redecodePoints]).toContain(name)
  })

  it.each(slowpoints)('%s is passed somewhere', name => {
    expect(code.some(({ text }) => text.includes(`slowed('${name}'`))).toBe(true)
  })

  it('does nothing where it is not set', async () => {
    failpoint('answered')
    expect(await slowed('disk-sync', async () => 7)).toBe(7)
  })
})
