import { createHash } from 'node:crypto'
import type { MessageRecord } from '../../journal/journal.ts'
import type { AlarmChange, AlarmEvidence, EvidenceMessage } from '../../model/alarm.ts'
import type { Position } from '../../model/position.ts'
import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { RawLookup } from '../raw-lookup.ts'

export interface AlarmEvidenceProps {
  readonly raw: Pick<RawLookup, 'records' | 'message'>
  readonly registry: RegistrySnapshot
  /** SHA-256 of the codecs of profiles as they were shipped. */
  readonly codecs: ReadonlyMap<string, string | undefined>
}

type Raised = AlarmChange & { readonly kind: 'raised' }
type Message = MessageRecord & { readonly position: Position }

const longestPayload = 64 * 1024
const mostMessages = 10
/** Messages that stand so near each other are read in one go. */
const nearby = 5000

/** Copies what alarms were raised by: messages from the raw log, the rule, and which codec read them. */
export class EvidenceCopier {
  readonly #props: AlarmEvidenceProps

  constructor(props: AlarmEvidenceProps) {
    this.#props = props
  }

  /** @returns evidence in the order of the changes. */
  async copy(raised: readonly Raised[]): Promise<readonly AlarmEvidence[]> {
    const messages = await this.#messages([...new Set(raised.flatMap(positionsOf))].toSorted((a, b) => a - b))
    return raised.map(change => this.#evidence(change, messages))
  }

  #evidence(change: Raised, messages: ReadonlyMap<Position, EvidenceMessage>): AlarmEvidence {
    const { registry } = this.#props
    const rule = registry.rules.get(change.rule)
    const device = change.readings[0]?.device ?? (change.subject.kind === 'device' ? change.subject.id : undefined)
    const profile = registry.devices.get(device ?? '')?.profile
    return {
      rule: rule?.version === change.version ? rule : undefined,
      profile: profile === undefined ? undefined : { id: profile, codec: this.#codecOf(profile) },
      messages: positionsOf(change).flatMap(position => messages.get(position) ?? [])
    }
  }

  #codecOf(profile: string): string | undefined {
    const version = this.#props.registry.profiles.get(profile)
    if (!version) return this.#props.codecs.get(profile)
    return version.codec === undefined ? undefined : createHash('sha256').update(version.codec).digest('hex')
  }

  async #messages(positions: readonly Position[]): Promise<ReadonlyMap<Position, EvidenceMessage>> {
    const { raw } = this.#props
    const found = new Map<Position, EvidenceMessage>()
    const [first, last] = [positions[0], positions.at(-1)]
    if (first === undefined || last === undefined) return found
    if (last - first > nearby) {
      for (const position of positions) {
        const message = await raw.message(position)
        if (message) found.set(position, messageOf(message))
      }
      return found
    }
    const wanted = new Set(positions)
    for await (const records of raw.records(first - 1, last)) {
      for (const record of records)
        if (record.kind === 'message' && wanted.has(record.position)) found.set(record.position, messageOf(record))
    }
    return found
  }
}

/** Raw positions of the messages that a change rests on. */
function positionsOf({ readings, position }: Raised): readonly Position[] {
  const at = readings.length === 0 ? [position] : readings.map(reading => reading.at)
  return [...new Set(at)].slice(-mostMessages)
}

function messageOf({ position, door, topic, receivedAt, payload }: Message): EvidenceMessage {
  const shown = Buffer.from(payload.subarray(0, longestPayload)).toString('base64')
  return { position, door, topic, receivedAt, sizeBytes: payload.length, payload: shown }
}
