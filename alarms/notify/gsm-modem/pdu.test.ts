import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plain } from '../../text/plain.ts'
import { deliverPdu } from './modem.fixture.ts'
import { heardPdu, submitPdus } from './pdu.ts'

describe('a PDU to send', () => {
  it('is, for "hellohello" to a number of eleven digits, what 3GPP TS 23.040 makes of it', () => {
    const [pdu] = submitPdus({ phone: '+46708251358', text: 'hellohello', isUnicode: false, reference: 0 })

    expect(pdu).toEqual({ hex: '0031000B916407281553F800000B0AE8329BFD4697D9EC37', length: 23 })
  })

  it('holds 160 septets in one part, and two parts of 153 beyond', () => {
    const of = (length: number) =>
      submitPdus({ phone: '+84987654321', text: 'a'.repeat(length), isUnicode: false, reference: 7 })

    expect(of(160)).toHaveLength(1)
    expect(of(161)).toHaveLength(2)
    expect(of(306)).toHaveLength(2)
    expect(of(307)).toHaveLength(3)
    expect(of(161).map(({ hex }) => /050003070[12]0[12]/.exec(hex)?.[0])).toEqual(['050003070201', '050003070202'])
  })

  it('holds 70 characters with diacritics, 67 of each joined part, and never half a character', () => {
    const of = (text: string) => submitPdus({ phone: '+84987654321', text, isUnicode: true, reference: 7 })

    expect(of('ộ'.repeat(70))).toHaveLength(1)
    expect(of('ộ'.repeat(71))).toHaveLength(2)
    expect(of('ộ'.repeat(135))).toHaveLength(3)
    expect(of('a'.repeat(66) + '🌊🌊🌊')[1]?.hex).toContain('D83CDF0A')
    expect(of('ộ').at(0)?.hex.slice(-6)).toBe('021ED9')
  })
})

describe('a PDU that is heard', () => {
  it('says that a message arrived, or did not, or is still on its way', () => {
    const report = (status: string) =>
      heardPdu(`00062A0B914889674523F1623112417000826231124180008 2${status}`.replace(' ', ''))

    expect(report('00')).toEqual({ kind: 'report', reference: 42, phone: '+84987654321', state: 'reached' })
    expect(report('30')).toMatchObject({ state: 'trying' })
    expect(report('46')).toMatchObject({ state: 'failed' })
  })

  it('is what somebody wrote, in either alphabet', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 150 }), text => {
        expect(heardPdu(deliverPdu('+84912345678', plain(text), false))).toEqual({
          ...{ kind: 'message', phone: '+84912345678', text: plain(text) }
        })
      }),
      { seed: 20261122, numRuns: 100 }
    )
    expect(heardPdu(deliverPdu('+84912345678', 'Đã rõ 4821', true))).toMatchObject({ text: 'Đã rõ 4821' })
  })

  it('is nothing for what is cut short or none', () => {
    for (const pdu of [
      '',
      '00',
      '0006',
      'zz',
      '07914889',
      '0002',
      deliverPdu('+84912345678', 'x', false).slice(0, 20)
    ]) {
      expect(heardPdu(pdu)).toBeUndefined()
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), octets => void heardPdu(Buffer.from(octets).toString('hex'))),
      {
        ...{ seed: 20261122, numRuns: 300 }
      }
    )
  })
})
