import type { Duplex } from 'node:stream'
import { SenError, messageOf as wordsOf } from '../../../model/errors.ts'
import { messageOf } from '../../text/message.ts'
import { smsOf } from '../../text/sms.ts'
import { isAddress } from '../addresses.ts'
import type { Channel, ChannelTools, Notice, Refusal, SendOutcome } from '../channel.ts'
import { Details } from '../outcome.ts'
import { ReachableAddresses } from '../outgoing/reachable-addresses.ts'
import { untilAborted } from '../until-aborted.ts'
import { AtDialogue } from './at-dialogue.ts'
import type { AtAnswer } from './at-dialogue.ts'
import { modemLine } from './modem-line.ts'
import { heardPdu, submitPdus } from './pdu.ts'
import type { GsmModemSecrets, GsmModemSettings } from './settings.ts'

interface GsmModemProps {
  readonly settings: GsmModemSettings
  readonly secrets: GsmModemSecrets
  readonly tools: ChannelTools
  /** Opens the line; that of the settings where left out. */
  readonly open?: () => Promise<Duplex>
}

/** Answers within the modem come at once; the network takes its time for a message. */
const waits = { commandMs: 5000, sendMs: 40_000 } as const

/** `+CMS ERROR`: RP causes (3GPP TS 24.011, annex E) and errors of the modem (TS 27.005, 3.2.5). Others pass. */
const refusals: Readonly<Record<string, Refusal>> = {
  ...{ '1': 'recipient', '28': 'recipient', '30': 'recipient', '8': 'channel', '10': 'channel', '21': 'channel' },
  ...{ '29': 'channel', '50': 'channel', '69': 'channel', '310': 'channel', '311': 'channel', '312': 'channel' },
  ...{ '313': 'channel', '315': 'channel', '316': 'channel', '330': 'channel' }
}

/** Parts of one message that the network has taken, by the number under which it reports each. */
interface Underway {
  readonly key: string
  readonly left: Set<number>
}

/** SMS by a modem with a SIM card: needs no internet. "Sent" is what the network took; a status report says "reached". */
export class GsmModemChannel implements Channel {
  readonly kind = 'gsm-modem'
  readonly medium = 'sms'
  readonly #props: GsmModemProps
  readonly #details: Details
  readonly #underway = new Map<number, Underway>()
  #dialogue: AtDialogue | undefined
  #preparing: AtDialogue | undefined
  /** One message at a time, whoever asks. */
  #queue: Promise<unknown> = Promise.resolve()
  #reference = 0
  #isStopped = false
  /** What no further try would better. */
  #fault: string | undefined

  constructor(props: GsmModemProps) {
    this.#props = props
    this.#details = new Details([props.secrets.pin])
  }

  async send(notice: Notice, signal: AbortSignal): Promise<SendOutcome> {
    const { phone } = notice.recipient
    if (!isAddress('phone', phone)) return this.#details.refused('recipient', 'no telephone number')
    return this.#inTurn(signal, () => this.#sendNow(notice, phone))
  }

  /** SIM card, network, and how well the modem hears it. */
  async check(signal: AbortSignal): Promise<{ readonly ok: boolean; readonly detail: string }> {
    const outcome = await this.#inTurn(signal, async () => {
      const dialogue = await this.#ready()
      if ('refusal' in dialogue) return dialogue
      const { lines } = await dialogue.command('AT+CSQ', waits.commandMs)
      const level = Number(/\+CSQ: ?(\d+)/.exec(lines.join(' '))?.[1] ?? 99)
      // 0 is −113 dBm, 2 dB a step, 99 unknown (3GPP TS 27.007, 8.5).
      if (level === 99) return this.#details.refused('channel', 'no signal')
      return { ok: true as const, detail: `${-113 + 2 * level} dBm` }
    })
    return { ok: outcome.ok, detail: outcome.detail ?? '' }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#dialogue?.close()
    this.#preparing?.close()
    await this.#queue
  }

  async #inTurn(signal: AbortSignal, work: () => Promise<SendOutcome>): Promise<SendOutcome> {
    const turn = this.#queue.then(() => {
      if (this.#isStopped || signal.aborted) return this.#details.refused('unavailable', 'no answer in time')
      return work()
    })
    this.#queue = turn.catch(() => {})
    return (await untilAborted(signal, turn)) ?? this.#details.refused('unavailable', 'no answer in time')
  }

  async #sendNow({ key, recipient, facts }: Notice, phone: string): Promise<SendOutcome> {
    const dialogue = await this.#ready()
    if ('refusal' in dialogue) return dialogue
    const { isUnicode } = this.#props.settings
    const { language } = recipient
    const text = isUnicode ? messageOf(facts, language).lines.join('\n') : smsOf(facts, language)
    this.#reference = (this.#reference + 1) % 256
    const underway: Underway = { key, left: new Set() }
    for (const { hex, length } of submitPdus({ phone, text, isUnicode, reference: this.#reference })) {
      const answer = await dialogue.command(`AT+CMGS=${length}`, waits.sendMs, hex)
      const taken = Number(/\+CMGS: ?(\d+)/.exec(answer.lines.join(' '))?.[1] ?? NaN)
      if (!answer.isOk) return this.#refused(answer)
      if (Number.isNaN(taken)) continue
      underway.left.add(taken)
      this.#underway.set(taken, underway)
    }
    return { ok: true, reference: key, detail: this.#details.of('+CMGS', [...underway.left].join(', ')) }
  }

  #refused({ end }: AtAnswer): SendOutcome & { ok: false } {
    const code = /^\+CM[ES] ERROR: ?(\d+)/.exec(end)?.[1]
    return this.#details.refused((code !== undefined && refusals[code]) || 'unavailable', end)
  }

  /** Opens the line and makes the modem ready, unless it is. */
  async #ready(): Promise<AtDialogue | (SendOutcome & { ok: false })> {
    if (this.#fault !== undefined) return this.#details.refused('channel', this.#fault)
    if (this.#dialogue && !this.#dialogue.isClosed) return this.#dialogue
    const { settings, tools, open } = this.#props
    const reachable = new ReachableAddresses(tools.reachable)
    try {
      const line = await (open?.() ?? modemLine({ port: settings.port, speed: settings.speed, reachable }))
      const dialogue = new AtDialogue({ line, onPdu: pdu => this.#heard(pdu) })
      this.#preparing = dialogue
      const problem = await this.#prepared(dialogue)
      this.#preparing = undefined
      if (problem === undefined) return (this.#dialogue = dialogue)
      dialogue.close()
      return problem
    } catch (error) {
      return this.#details.refused(error instanceof SenError ? 'channel' : 'unavailable', wordsOf(error))
    }
  }

  /** @returns what is wrong, if something is. */
  async #prepared(dialogue: AtDialogue): Promise<(SendOutcome & { ok: false }) | undefined> {
    const ask = (command: string) => dialogue.command(command, waits.commandMs)
    const echo = await ask('ATE0')
    if (!echo.isOk) return this.#details.refused('unavailable', `the modem: ${echo.end}`)
    const { pin } = this.#props.secrets
    const card = await ask('AT+CPIN?')
    const isAsking = card.lines.some(line => line.includes('SIM PIN'))
    // A wrong PIN is tried once for each opening, and three lock the card: so only where it was given.
    if (isAsking && pin === undefined) return this.#details.refused('channel', 'the SIM card asks for its PIN')
    if (isAsking && !(await ask(`AT+CPIN=${pin}`)).isOk) return this.#wrongPin()
    if (!card.isOk) return this.#refused(card)
    const registered = (await ask('AT+CREG?')).lines.join(' ')
    // 1: at home, 5: roaming (3GPP TS 27.007, 7.2).
    if (!/\+CREG: ?\d,[15]\b/.test(registered)) return this.#details.refused('unavailable', `no network: ${registered}`)
    for (const command of ['AT+CMGF=0', 'AT+CNMI=2,2,0,1,0']) {
      const answer = await ask(command)
      if (!answer.isOk) return this.#details.refused('channel', `${command}: ${answer.end}`)
    }
    return undefined
  }

  #wrongPin(): SendOutcome & { ok: false } {
    this.#fault = 'the SIM card does not take the PIN: it is not tried again'
    return this.#details.refused('channel', this.#fault)
  }

  #heard(pdu: string): void {
    const { tools } = this.#props
    const heard = heardPdu(pdu)
    if (heard?.kind === 'message') return tools.onReply?.({ from: heard.phone, text: heard.text.slice(0, 1000) })
    if (heard?.kind !== 'report' || heard.state === 'trying') return
    const underway = this.#underway.get(heard.reference)
    if (underway === undefined) return
    this.#underway.delete(heard.reference)
    underway.left.delete(heard.reference)
    const isOver = heard.state === 'failed' || underway.left.size === 0
    if (heard.state === 'failed') underway.left.forEach(reference => this.#underway.delete(reference))
    if (isOver) tools.onReport?.({ reference: underway.key, state: heard.state, detail: 'status report' })
  }
}
