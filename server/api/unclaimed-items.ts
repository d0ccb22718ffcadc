import type { UnclaimedItem } from '../onboarding/unclaimed-list.ts'

/** An unclaimed device as the API shows it. */
export function shownUnclaimed({ finding, guesses, refused, ...one }: UnclaimedItem) {
  const { payload } = finding
  return {
    id: one.id,
    organisation: one.organisation,
    site: one.site,
    firstSeen: new Date(one.firstSeenAt).toISOString(),
    lastSeen: new Date(one.lastSeenAt).toISOString(),
    count: one.count,
    door: finding.door,
    /** Who brought it. */
    credential: one.credential,
    topic: one.topic,
    application: finding.application,
    deviceName: finding.deviceName,
    kindNames: finding.kindNames,
    gateways: finding.gateways,
    payload:
      payload?.kind === 'frame'
        ? { fPort: payload.fPort, hex: Buffer.from(payload.bytes).toString('hex') }
        : payload && { json: payload.json },
    guesses,
    ...(refused && { refused: { at: new Date(refused.at).toISOString(), by: refused.by } })
  }
}
