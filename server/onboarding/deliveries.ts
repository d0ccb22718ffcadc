import { randomUUID } from 'node:crypto'
import { checkDelivery } from '../../devices/onboarding/check-delivery.ts'
import type {
  DeliveryCheck,
  DeliveryFacts,
  DeliveryFault,
  DeliveryRow
} from '../../devices/onboarding/check-delivery.ts'
import { readTable } from '../../devices/onboarding/delivery-table.ts'
import type { Author } from '../../model/audit.ts'
import { SenError, messageOf } from '../../model/errors.ts'
import type { Device } from '../../model/registry.ts'
import type { Administration, NewCredential } from '../administration.ts'
import type { MadeDevice, NetworkServers } from './network-servers.ts'

interface DeliveriesProps {
  readonly administration: Administration
  readonly networkServers: NetworkServers
  /** Called once devices of a delivery are registered. */
  readonly onRegistered: (devices: readonly Device[], author: Author) => Promise<void>
}

/** `all`: nothing is registered unless every row is good. `good`: the good rows are, the others are left out. */
export type DeliveryMode = 'all' | 'good'

/** A row that was good, and that a network server did not take. */
export interface DeliveryFailure {
  readonly line: number
  readonly id: string
  readonly detail: string
}

/** How far the registration of a delivery has come. */
export interface DeliveryJob {
  readonly id: string
  /** Who asked for it: it is shown to nobody else. */
  readonly author: string
  state: 'running' | 'done' | 'failed'
  /** Rows seen to, of so many that are good. */
  done: number
  readonly total: number
  /** Registered by it. */
  claimed: number
  /** They were registered with the same values before. */
  readonly unchanged: number
  /** Made at the network server by it. */
  made: number
  readonly faults: readonly DeliveryFault[]
  readonly failures: DeliveryFailure[]
  /** Logins of devices that send JSON, shown this once. */
  readonly logins: NewCredential[]
  /** Why it failed; nothing was registered then. */
  detail: string | undefined
}

/** Several at once spare the waiting for a server far away, and do not flood it. */
const atOnce = 4
/** Ended jobs are kept so long for whoever asks, and so many. */
const mostJobs = 20

/** Registers deliveries: files of some hundreds of devices. */
export class Deliveries {
  readonly #props: DeliveriesProps
  readonly #jobs = new Map<string, DeliveryJob>()

  constructor(props: DeliveriesProps) {
    this.#props = props
  }

  /**
   * Says what would come of a file, and everything that is wrong with it. Nothing is changed.
   *
   * @throws SenError `SEN_INPUT_INVALID` if it is no table.
   */
  check(file: Uint8Array, facts: DeliveryFacts): DeliveryCheck {
    const read = readTable(file)
    if (read.ok) return checkDelivery(read.table, facts)
    throw new SenError('SEN_INPUT_INVALID', `read delivery, line ${read.line}: ${read.reason}`, {
      hint: 'Save it as "CSV UTF-8": headings in the first line, one device a row.'
    })
  }

  /**
   * Begins to register the rows of a check. The same file again registers only what is missing.
   *
   * @param connector - where the LoRaWAN devices shall be made too.
   * @throws SenError `SEN_INPUT_INVALID` if all rows were to be good and are not.
   */
  begin(
    check: DeliveryCheck,
    {
      mode,
      connector,
      author
    }: { readonly mode: DeliveryMode; readonly connector: string | undefined; readonly author: Author }
  ): DeliveryJob {
    if (mode === 'all' && check.faults.length > 0) {
      throw new SenError(
        'SEN_INPUT_INVALID',
        `register delivery: ${check.faults.length} faults; nothing was registered`,
        {
          hint: 'Correct the rows that the check names, or register the good ones only.'
        }
      )
    }
    if ([...this.#jobs.values()].some(({ state }) => state === 'running'))
      throw new SenError('SEN_OVERLOADED', 'register delivery: another one is under way', { retryAfterS: 10 })
    const fresh = check.rows.filter(({ isUnchanged }) => !isUnchanged)
    const job: DeliveryJob = {
      ...{ id: randomUUID(), author: author.id, state: 'running', done: 0, total: fresh.length, claimed: 0, made: 0 },
      ...{
        unchanged: check.rows.length - fresh.length,
        faults: check.faults,
        failures: [],
        logins: [],
        detail: undefined
      }
    }
    this.#keep(job)
    void this.#run(job, fresh, { mode, connector, author })
    return job
  }

  /** @returns the job, to who asked for it. */
  job(id: string, author: string): DeliveryJob | undefined {
    const found = this.#jobs.get(id)
    return found?.author === author ? found : undefined
  }

  async #run(
    job: DeliveryJob,
    rows: readonly DeliveryRow[],
    { mode, connector, author }: { mode: DeliveryMode; connector: string | undefined; author: Author }
  ): Promise<void> {
    const made: MadeDevice[] = []
    try {
      const taken = connector === undefined ? rows : await this.#make(job, rows, connector, made)
      if (mode === 'all' && job.failures.length > 0)
        throw new SenError('SEN_CONNECTOR_FAILED', `the network server did not take ${job.failures.length} devices`)
      await this.#register(job, taken, author)
      job.state = 'done'
    } catch (cause) {
      const left = await takenBack(made)
      job.made = 0
      job.detail = [messageOf(cause), ...left].join('; ')
      job.state = 'failed'
    }
  }

  /** @returns the rows that the network server took, and those that do not concern it. */
  async #make(
    job: DeliveryJob,
    rows: readonly DeliveryRow[],
    connector: string,
    made: MadeDevice[]
  ): Promise<readonly DeliveryRow[]> {
    const taken: DeliveryRow[] = []
    const waiting = rows.values()
    const work = async (): Promise<void> => {
      for (const row of waiting) {
        const failure = await this.#makeOne(row, connector, made)
        if (failure === undefined) taken.push(row)
        else job.failures.push({ line: row.line, id: row.device.id, detail: failure })
        job.made = made.filter(({ isNew }) => isNew).length
        job.done++
      }
    }
    await Promise.all(Array.from({ length: atOnce }, work))
    return taken
  }

  async #makeOne(row: DeliveryRow, connector: string, made: MadeDevice[]): Promise<string | undefined> {
    const { device, isLorawan, joinEui, appKey } = row
    if (!isLorawan || joinEui === undefined || appKey === undefined) return undefined
    const { id: devEui, name, profile } = device
    try {
      made.push(await this.#props.networkServers.make(connector, { devEui, joinEui, appKey, name, profile }))
      return undefined
    } catch (cause) {
      return messageOf(cause)
    }
  }

  /** All in one transaction: the registry never shows a part of a delivery. */
  async #register(job: DeliveryJob, rows: readonly DeliveryRow[], author: Author): Promise<void> {
    const { administration } = this.#props
    await administration.reviseDevices(
      ({ devices }) => {
        const there = rows.find(({ device }) => devices.has(device.id))
        if (there) throw new SenError('SEN_CONFLICT', `claim device ${there.device.id}: it is registered meanwhile`)
        return rows.map(({ device }) => device)
      },
      author,
      'claim by delivery'
    )
    job.claimed = rows.length
    job.done = job.total
    const registered = rows.map(({ device }) => device)
    await this.#props.onRegistered(registered, author)
    for (const { device, isLorawan } of rows) {
      if (!isLorawan) job.logins.push(await administration.deviceCredential(device.id, author))
    }
  }

  #keep(job: DeliveryJob): void {
    this.#jobs.set(job.id, job)
    for (const [id, { state }] of this.#jobs) {
      if (this.#jobs.size <= mostJobs) return
      if (state !== 'running') this.#jobs.delete(id)
    }
  }
}

/** @returns what is left at the network server, in words. */
async function takenBack(made: readonly MadeDevice[]): Promise<readonly string[]> {
  const left: string[] = []
  for (const one of made) {
    const rest = await one.undo().catch(messageOf)
    if (rest !== undefined) left.push(rest)
  }
  return left
}
