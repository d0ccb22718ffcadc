const kinds = [
  ['session.open', 'done', null],
  ['session.refused', 'denied', 'wrong name or password'],
  ['person.change', 'done', null],
  ['device.remove', 'failed', 'the store is down']
] as const

/** 250 made-up entries of the audit log, newest first. */
export const fixtureAudit = Array.from({ length: 250 }, (_, i) => {
  const [action, outcome, detail] = kinds[i % kinds.length]!
  const isChange = action === 'person.change'
  const isKnown = action !== 'session.refused'
  return {
    id: String(9_000 - i),
    at: new Date(Date.UTC(2026, 10, 29, 3) - i * 97_000).toISOString(),
    actor: isKnown ? 'account-quan.tri' : null,
    actorName: isKnown ? 'Nguyễn Thị Quản Trị' : null,
    address: `10.0.0.${i % 200}`,
    action,
    object: isChange ? `person person-${i}` : null,
    organisation: 'root',
    outcome,
    detail,
    before: isChange ? { state: 'active', name: '<b>Lan</b>' } : null,
    after: isChange ? { state: 'disabled', name: '<b>Lan</b>' } : null,
    count: isKnown ? 1 : 5
  }
})
