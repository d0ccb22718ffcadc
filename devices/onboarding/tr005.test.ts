import { describe, expect, test } from 'vitest'
import { readLabel } from './tr005.ts'

/** The example of TR005. */
const published = 'LW:D0:1122334455667788:AABBCCDDEEFF0011:AABB1122:OAABBCCDDEEFF:SYYWWNNNNNN:PFOOBAR:CAF2C'

describe('a device label (TR005)', () => {
  test('is read with all its parts, as the document has it', () => {
    expect(readLabel(published)).toEqual({
      ok: true,
      label: {
        joinEui: '1122334455667788',
        devEui: 'aabbccddeeff0011',
        vendorId: 'aabb',
        vendorProfileId: '1122',
        ownerToken: 'AABBCCDDEEFF',
        serial: 'YYWWNNNNNN',
        proprietary: 'FOOBAR'
      }
    })
  })

  test.each([
    ['without optional parts', 'LW:D0:42FFFFFFFFFFFFFF:4242FFFFFFFFFFFF:42FFFF42', undefined],
    ['with empty ones', 'LW:D0:42FFFFFFFFFFFFFF:4242FFFFFFFFFFFF:42FFFF42:O:S:P', undefined],
    ['in lower case, with spaces from pasting', ' lw:d0:42ffffffffffffff:4242ffffffffffff:42ffff42:sA1\n', 'A1'],
    ['with a checksum that is none', 'LW:D0:42FFFFFFFFFFFFFF:4242FFFFFFFFFFFF:42FFFF42:CCHECKSUM:SA1', 'A1']
  ])('is read %s', (_name, text, serial) => {
    expect(readLabel(text)).toMatchObject({ ok: true, label: { devEui: '4242ffffffffffff', serial } })
  })

  test.each([
    ['something else', 'https://example.vn/?sn=1', 'not-a-label', 'prefix'],
    ['another scheme', 'LW:D1:42FFFFFFFFFFFFFF:4242FFFFFFFFFFFF:42FFFF42', 'unknown-scheme', 'scheme'],
    ['no ProfileID', 'LW:D0:42FFFFFFFFFFFFFF:4242FFFFFFFFFFFF', 'field-missing', 'ProfileID'],
    ['a short JoinEUI', 'LW:D0:42FFFFFFFF:4242FFFFFFFFFFFF:42FFFF42', 'field-invalid', 'JoinEUI'],
    ['a DevEUI with an O for a 0', 'LW:D0:42FFFFFFFFFFFFFF:4242FFFFFFFFFFFO:42FFFF42', 'field-invalid', 'DevEUI'],
    ['a long ProfileID', 'LW:D0:42FFFFFFFFFFFFFF:4242FFFFFFFFFFFF:42FFFF42AABB', 'field-invalid', 'ProfileID'],
    ['an unknown part', 'LW:D0:42FFFFFFFFFFFFFF:4242FFFFFFFFFFFF:42FFFF42:X1', 'extension-unknown', 'X'],
    ['a part twice', 'LW:D0:42FFFFFFFFFFFFFF:4242FFFFFFFFFFFF:42FFFF42:S1:S2', 'extension-twice', 'S'],
    ['a misread character', published.replace('DDEEFF0011', 'DDEEFF0010'), 'checksum-wrong', 'C']
  ])('says which part is wrong: %s', (_name, text, reason, field) => {
    expect(readLabel(text)).toMatchObject({ ok: false, reason, field })
  })
})
