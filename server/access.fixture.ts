import { createSign, generateKeyPairSync } from 'node:crypto'
import type { Clock } from '../model/clock.ts'
import { silentLog } from '../model/log.ts'
import type { RegistrySnapshot } from '../model/registry-snapshot.ts'
import { Access } from './access.ts'
import { keys, newDisk, processOn } from './administration.fixture.ts'
import type { DeviceJwk } from './auth/device-keys.ts'
import type { Actor } from './auth/authorise.ts'
import { settingsOf } from './config.ts'
import type { Manager } from './people.ts'

/* For tests: people and what lets them in, over a real state store in memory, on a clock that is set by hand. */

/** A clock that stands until it is moved. */
export interface HandClock extends Clock {
  at: number
}

/** A running Access and what stands behind it. */
export interface AccessFixture {
  readonly access: Access
  readonly clock: HandClock
  readonly registry: RegistrySnapshot
  /** What the audit log says, oldest first: action, object, outcome. */
  audited(): Promise<readonly string[]>
}

/** @returns an Access with the organisations root, xa and htx below xa, so. */
export async function startedAccess(): Promise<AccessFixture> {
  const disk = await newDisk()
  const clock: HandClock = { at: 1_800_000_000_000, now: () => clock.at, monotonic: () => clock.at }
  const { registry, administration } = await processOn(disk)
  await administration.start()
  for (const [id, parent] of [['xa'], ['htx', 'xa'], ['so']] as const)
    await administration.addOrganisation({ id, name: id, ...(parent !== undefined && { parent }) })
  const access = new Access({
    settings: settingsOf({}),
    peopleStore: disk.state.people,
    tokens: [],
    touchTokens: used => disk.state.touchTokens(used),
    registry,
    keys,
    clock,
    log: silentLog,
    onRefused: () => undefined
  })
  await access.start()
  return {
    access,
    clock,
    registry,
    audited: async () => {
      await access.trail.stop()
      const records = await disk.state.people.auditRecords({ limit: 1000 })
      return records.toReversed().map(({ action, object, outcome }) => `${action} ${object} ${outcome}`)
    }
  }
}

/** Somebody with these roles. */
export function managerWith(
  access: Access,
  ...grants: readonly (readonly [role: string, organisation: string])[]
): Manager {
  const actor: Actor = {
    id: 'person:1000',
    name: 'Quản trị',
    kind: 'person',
    organisation: 'root',
    grants: access.roles.resolve(grants.map(([role, organisation]) => ({ role, organisation })))
  }
  return { actor, author: { id: actor.id, name: actor.name, address: '10.0.0.1' } }
}

/** A phone with a key of its own. */
export class TestPhone {
  readonly #pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })

  get publicKey(): DeviceJwk {
    const { x = '', y = '' } = this.#pair.publicKey.export({ format: 'jwk' })
    return { kty: 'EC', crv: 'P-256', x, y }
  }

  /** Signs a challenge as WebCrypto does. */
  sign(device: string, challenge: string): string {
    const sign = createSign('sha256').update(`sen-device-v1:${device}:${challenge}`)
    return sign.sign({ key: this.#pair.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')
  }
}
