import type { Channel, ChannelTools, DeliveryReport, Medium, Reply } from '../../alarms/notify/channel.ts'
import { messageOf } from '../../model/errors.ts'
import type { NotifyChannel, NoticeStore } from '../../storage/state/notice-store.ts'
import type { KeyFile } from '../auth/key-file.ts'

/** What is sealed for a channel can be opened as that channel's only. */
const sealedFor = (id: string): string => `notify-channel:${id}`

/** Opens a channel by its kind. @throws SenError `SEN_INPUT_INVALID` for settings that it cannot be opened with. */
export type OpenChannel = (
  channel: Pick<NotifyChannel, 'id' | 'kind' | 'settings'> & { readonly secrets: Readonly<Record<string, unknown>> },
  tools: ChannelTools
) => Promise<Channel>

export interface ChannelBookProps {
  readonly store: Pick<NoticeStore, 'channels' | 'keepSecrets'>
  readonly keys: KeyFile
  readonly open: OpenChannel
  readonly tools: Pick<ChannelTools, 'clock' | 'log' | 'reachable' | 'host' | 'publish'>
  /** Where a channel's gateway calls back. */
  readonly reportUrl: (id: string) => string | undefined
  readonly onReport: (id: string, report: DeliveryReport) => void
  readonly onReply: (id: string, reply: Reply) => void
}

interface Opened {
  /** What it was opened with: another and it is opened anew. */
  readonly from: string
  readonly channel: Channel
}

/** The channels that are in use. */
export class ChannelBook {
  readonly #props: ChannelBookProps
  readonly #opened = new Map<string, Opened>()
  /** Why one that should be in use is not. */
  readonly #problems = new Map<string, string>()
  #reloading: Promise<void> = Promise.resolve()

  constructor(props: ChannelBookProps) {
    this.#props = props
  }

  get(id: string): Channel | undefined {
    return this.#opened.get(id)?.channel
  }

  mediumOf(id: string): Medium | undefined {
    return this.get(id)?.medium
  }

  /** Why it is not in use though it should be. */
  problemOf(id: string): string | undefined {
    return this.#problems.get(id)
  }

  ids(): readonly string[] {
    return [...this.#opened.keys()]
  }

  /** Opens what is new, opens anew what has changed, and stops the others. One after the other: a modem has one line. */
  reload(): Promise<void> {
    this.#reloading = this.#reloading.catch(() => undefined).then(() => this.#reload())
    return this.#reloading
  }

  async #reload(): Promise<void> {
    const channels = (await this.#props.store.channels()).filter(({ isEnabled }) => isEnabled)
    const wanted = new Map(channels.map(channel => [channel.id, channel]))
    for (const [id, { from, channel }] of [...this.#opened]) {
      const now = wanted.get(id)
      if (now && from === contentOf(now)) continue
      this.#opened.delete(id)
      await channel.stop()
    }
    this.#problems.clear()
    for (const channel of channels) if (!this.#opened.has(channel.id)) await this.#open(channel)
  }

  async stop(): Promise<void> {
    const all = [...this.#opened.values()]
    this.#opened.clear()
    await Promise.allSettled(all.map(({ channel }) => channel.stop()))
  }

  /** A channel that is not kept yet, to try it. @throws SenError `SEN_INPUT_INVALID`. */
  trial(channel: NotifyChannel): Promise<Channel> {
    return this.#opening(channel, this.#props.tools)
  }

  async #open(channel: NotifyChannel): Promise<void> {
    const { id } = channel
    const { tools, reportUrl, onReport, onReply, store, keys } = this.#props
    try {
      const opened = await this.#opening(channel, {
        ...tools,
        reportUrl: reportUrl(id),
        storeSecrets: secrets => store.keepSecrets(id, sealedSecrets(keys, id, secrets)),
        onReport: report => {
          onReport(id, report)
        },
        onReply: reply => {
          onReply(id, reply)
        }
      })
      this.#opened.set(id, { from: contentOf(channel), channel: opened })
    } catch (error) {
      this.#problems.set(id, messageOf(error))
      tools.log.error({ channel: id, cause: error }, 'A channel cannot be opened')
    }
  }

  async #opening({ id, kind, settings, secrets }: NotifyChannel, tools: ChannelTools): Promise<Channel> {
    const plain = secrets === undefined ? {} : openSecrets(this.#props.keys, id, secrets)
    return this.#props.open({ id, kind, settings, secrets: plain }, tools)
  }
}

/** Secrets that a provider renews are the channel's own affair: it is not opened anew for them. */
function contentOf({ kind, settings, createdAt, secrets, organisation }: NotifyChannel): string {
  return JSON.stringify([kind, settings, createdAt, organisation, secrets === undefined])
}

/** @returns the secrets of a channel as they are kept. */
export function sealedSecrets(keys: KeyFile, id: string, secrets: Readonly<Record<string, unknown>>): string {
  return keys.seal(JSON.stringify(secrets), sealedFor(id))
}

/** @throws SenError `SEN_KEY_FILE`. */
export function openSecrets(keys: KeyFile, id: string, sealed: string): Readonly<Record<string, unknown>> {
  return JSON.parse(keys.unseal(sealed, sealedFor(id))) as Readonly<Record<string, unknown>>
}
