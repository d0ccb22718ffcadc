import { z } from 'zod'
import { detailOf, percent } from './event-fields.ts'
import type { EventOutcome } from './event-fields.ts'
import { parseJson } from './json-limits.ts'
import { invalidEvent } from './lorawan-uplink.ts'

/*
 * `site/{site}/{device}/status`: the word `online` or `offline` (as firmware for other brokers sends it, also as will), or
 * a JSON object; and `…/command/reply`. Names as in docs/mqtt.md.
 */
const status = z.object({
  online: z.boolean().optional(),
  status: z
    .string()
    .transform(word => word.trim().toLowerCase())
    .pipe(z.enum(['online', 'offline']))
    .optional(),
  battery: percent.optional(),
  firmware: z.string().max(64).optional()
})
const reply = z.object({
  id: z.string().min(1).max(64),
  status: z.enum(['done', 'failed']),
  detail: z.string().optional()
})

/** Longer payloads are no word. */
const longestWord = 16

/** Reads a `status`; `online` and `{"online": true}` mean the same. */
export function deviceStatusOf(device: string, payload: Uint8Array): EventOutcome {
  const said = payload.length <= longestWord ? wordOf(payload) : undefined
  if (said) return statusEvent(device, { online: said === 'online' })
  const parsed = parseJson(payload)
  if (!parsed.ok) {
    return { ok: false, reason: 'event-invalid', detail: `status: neither online, offline nor JSON: ${parsed.detail}` }
  }
  const read = status.safeParse(parsed.json)
  return read.success ? statusEvent(device, read.data) : invalidEvent(read.error)
}

function wordOf(payload: Uint8Array): 'online' | 'offline' | undefined {
  const word = Buffer.from(payload).toString('utf8').trim().replaceAll('"', '').toLowerCase()
  return word === 'online' || word === 'offline' ? word : undefined
}

function statusEvent(
  device: string,
  { online, status: word, battery, firmware }: z.infer<typeof status>
): EventOutcome {
  const isOnline = online ?? (word === undefined ? undefined : word === 'online')
  const event = {
    ...({ kind: 'status', device, margin: undefined, battery, isExternallyPowered: false, isOnline } as const),
    firmware: firmware?.toWellFormed()
  }
  return { ok: true, event, topicName: device, time: undefined }
}

/** Reads a `command/reply`. */
export function commandReplyOf(device: string, payload: Uint8Array): EventOutcome {
  const parsed = parseJson(payload)
  if (!parsed.ok) return parsed
  const read = reply.safeParse(parsed.json)
  if (!read.success) return invalidEvent(read.error)
  const { id: command, status: word, detail } = read.data
  const event = { kind: 'reply', device, command, isDone: word === 'done', detail: detail && detailOf(detail) } as const
  return { ok: true, event, topicName: device, time: undefined }
}
