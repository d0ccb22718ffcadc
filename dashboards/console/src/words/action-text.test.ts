import { expect, test } from 'vitest'
import { actionText } from './action-text.ts'
import { audit } from './vi/audit.ts'

test.each([
  ['device.add', 'thiết bị: thêm'],
  ['person.recovery-codes', 'người dùng: mã dự phòng'],
  ['deny.manage-people', 'bị từ chối: manage-people'],
  ['device.levitate', 'thiết bị: levitate'],
  ['a-later-thing.add', 'a-later-thing.add']
])('says %s as "%s"', (action, text) => {
  expect(actionText(action, audit)).toBe(text)
})
