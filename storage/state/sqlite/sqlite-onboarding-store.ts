import type { AuditEntry } from '../../../model/audit.ts'
import { addAudit } from '../audit-log.ts'
import * as onboarding from '../onboarding.ts'
import type {
  AcceptanceRecord,
  DeviceChange,
  NetworkRegistration,
  NetworkServerAccess,
  OnboardingStore,
  UnclaimedDevice
} from '../onboarding-store.ts'
import { samplesOf, setRefused, unclaimedDevices } from '../unclaimed.ts'
import type { StateWork } from './state-work.ts'

/** Onboarding in the database of a `SqliteStateStore`, which opens and closes it (see `OnboardingStore`). */
export class SqliteOnboardingStore implements OnboardingStore {
  readonly #work: StateWork
  readonly #auditKey: Uint8Array

  constructor(work: StateWork, auditKey: Uint8Array) {
    this.#work = work
    this.#auditKey = auditKey
  }

  unclaimed(ids?: readonly string[]): Promise<readonly UnclaimedDevice[]> {
    return this.#work.read('list unclaimed devices', db => unclaimedDevices(db, ids))
  }

  samples(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.#work.read('read samples', db => samplesOf(db, ids))
  }

  refuse(id: string, refused: UnclaimedDevice['refused'], audit: AuditEntry): Promise<boolean> {
    return this.#work.write('refuse device', async trx => {
      const isKnown = await setRefused(trx, id, refused)
      if (isKnown) await addAudit(trx, [audit], this.#auditKey)
      return isKnown
    })
  }

  networkServers(): Promise<readonly NetworkServerAccess[]> {
    return this.#work.read('list network servers', onboarding.networkServers)
  }

  setNetworkServer(access: NetworkServerAccess, audit: AuditEntry): Promise<void> {
    return this.#work.write('set network server', async trx => {
      await onboarding.putNetworkServer(trx, access)
      await addAudit(trx, [audit], this.#auditKey)
    })
  }

  removeNetworkServer(connector: string, audit: AuditEntry): Promise<boolean> {
    return this.#work.write('remove network server', async trx => {
      const isRemoved = await onboarding.deleteNetworkServer(trx, connector)
      if (isRemoved) await addAudit(trx, [audit], this.#auditKey)
      return isRemoved
    })
  }

  registrations(hardware: readonly string[]): Promise<readonly NetworkRegistration[]> {
    return this.#work.read('list registrations', db => onboarding.registrationsOf(db, hardware))
  }

  addRegistration(registration: NetworkRegistration): Promise<void> {
    return this.#work.read('add registration', db => onboarding.putRegistration(db, registration))
  }

  async removeRegistration(hardware: string): Promise<void> {
    await this.#work.read('remove registration', db =>
      db.deleteFrom('network_registration').where('hardware', '=', hardware).execute()
    )
  }

  addAcceptance(record: Omit<AcceptanceRecord, 'id'>, audit: AuditEntry): Promise<number> {
    return this.#work.write('add acceptance', async trx => {
      const id = await onboarding.insertAcceptance(trx, record)
      await addAudit(trx, [audit], this.#auditKey)
      return id
    })
  }

  acceptances(devices: readonly string[]): Promise<readonly AcceptanceRecord[]> {
    return this.#work.read('list acceptances', db => onboarding.newestAcceptances(db, devices))
  }

  deviceChanges(id: string): Promise<readonly DeviceChange[]> {
    return this.#work.read('list changes of device', db => onboarding.deviceChanges(db, id))
  }
}
