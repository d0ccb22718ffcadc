import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { channelKinds } from '../../alarms/notify/channel.ts'
import type { Channel } from '../../alarms/notify/channel.ts'
import { systemClock } from '../../model/clock.ts'
import { SenError, messageOf } from '../../model/errors.ts'
import { silentLog } from '../../model/log.ts'
import { mailAddress, phoneNumber } from '../../model/person.ts'
import { openNotifyChannel } from '../wire/notify-channels.ts'
import type { Ring } from './watch.ts'

/** The file of `--notify`: whom the watchdog tells, by ways of its own, since Sen's may be what has stopped. */
const ringFile = z.strictObject({
  /** Own network that may be reached all the same. */
  reachable: z.array(z.string()).default([]),
  ways: z
    .array(
      z.strictObject({
        kind: z.enum(channelKinds),
        settings: z.record(z.string(), z.unknown()).default({}),
        secrets: z.record(z.string(), z.unknown()).default({}),
        to: z.strictObject({
          name: z.string().min(1).max(120),
          language: z.enum(['vi', 'en']).default('vi'),
          phone: phoneNumber.optional(),
          email: mailAddress.optional(),
          account: z.string().optional(),
          webhook: z.string().optional()
        })
      })
    )
    .min(1)
})
type Way = z.infer<typeof ringFile>['ways'][number]

/** One way to ring. */
export interface Ringer {
  readonly name: string
  /** @returns what went wrong, if something did. */
  ring(ring: Ring, url: string): Promise<string | undefined>
}

const tryMs = 15_000

/** @throws SenError `SEN_SETTING_INVALID` for a file that cannot be read or says nothing of use. */
export async function ringersOf(path: string): Promise<readonly Ringer[]> {
  const parsed = ringFile.safeParse(contentOf(path))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new SenError('SEN_SETTING_INVALID', `read ${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
  }
  const { ways, reachable } = parsed.data
  const tools = { clock: systemClock, log: silentLog, reachable, host: 'sen-watchdog' }
  return Promise.all(ways.map(async way => ringerOf(way, await openNotifyChannel({ id: 'watchdog', ...way }, tools))))
}

function contentOf(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new SenError('SEN_SETTING_INVALID', `read ${path}: ${messageOf(cause)}`, { cause })
  }
}

function ringerOf({ kind, to }: Way, channel: Channel): Ringer {
  return {
    name: `${kind} to ${to.name}`,
    ring: async (ring, url) => {
      const notice = {
        key: `watchdog-${ring.kind}-${ring.since}`,
        thread: `watchdog-${ring.since}`,
        recipient: { id: 'watchdog', ...to },
        facts: factsOf(ring, url)
      }
      const outcome = await channel.send(notice, AbortSignal.timeout(tryMs)).catch((cause: unknown) => ({
        ok: false as const,
        detail: messageOf(cause)
      }))
      return outcome.ok ? undefined : outcome.detail
    }
  }
}

function factsOf(ring: Ring, url: string) {
  const isBack = ring.kind === 'back'
  return {
    ...({
      about: isBack ? 'cleared' : 'raised',
      alarm: 'watchdog',
      severity: 'critical',
      subject: 'Sen',
      place: url
    } as const),
    what: { vi: `Vì: ${ring.reason}`, en: `Because ${ring.reason}` },
    // What an SMS begins with.
    levelName: isBack ? { vi: 'Sen chạy lại', en: 'Sen is back' } : { vi: 'Sen ngừng', en: 'Sen has stopped' },
    ...{ since: ring.since, isStillTrue: !isBack, isRetrospective: false },
    advice: isBack
      ? undefined
      : { vi: 'Kiểm tra máy chủ, nguồn điện, mạng.', en: 'Check the server, its power and its network.' },
    ...{ contact: undefined, replyCode: undefined, link: undefined, isSimulated: false }
  }
}
