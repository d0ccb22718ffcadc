import type { Socket } from 'node:net'
import { createTransport } from 'nodemailer'
import { SenError } from '../../../model/errors.ts'
import { messageOf } from '../../text/message.ts'
import { phrases } from '../../text/phrases.ts'
import { oneLine } from '../../text/plain.ts'
import { isAddress } from '../addresses.ts'
import type { Channel, ChannelTools, Notice, SendOutcome } from '../channel.ts'
import { Details } from '../outcome.ts'
import { guardedConnection } from '../outgoing/guarded-connection.ts'
import { ReachableAddresses } from '../outgoing/reachable-addresses.ts'
import { untilAborted } from '../until-aborted.ts'
import { mailHtml } from './mail-html.ts'
import type { EmailSecrets, EmailSettings } from './settings.ts'

interface EmailProps {
  readonly settings: EmailSettings
  readonly secrets: EmailSecrets
  readonly tools: ChannelTools
}

/** For one step of the conversation with the mail server. */
const timeoutMs = 15_000

/**
 * Mail by SMTP. "Sent" is what the server took, not what somebody has read. The same notice is the same Message-ID at each
 * try; all mails of one alarm refer to one root, by which programs put them into one thread.
 */
export class EmailChannel implements Channel {
  readonly kind = 'email'
  readonly medium = 'email'
  readonly #props: EmailProps
  readonly #details: Details
  readonly #transport: ReturnType<typeof transportOf>

  constructor(props: EmailProps) {
    this.#props = props
    this.#details = new Details([props.secrets.password])
    this.#transport = transportOf(props)
  }

  async send(notice: Notice, signal: AbortSignal): Promise<SendOutcome> {
    const { email } = notice.recipient
    if (!isAddress('email', email)) return this.#details.refused('recipient', 'no mail address')
    try {
      const sent = await this.#transport.sendMail({ ...this.#mailFor(notice, email), signal })
      return { ok: true, detail: this.#details.of(sent.response) }
    } catch (error) {
      return this.#failed(error, signal)
    }
  }

  /** Connects, and signs in where there is a user. */
  async check(signal: AbortSignal): Promise<{ readonly ok: boolean; readonly detail: string }> {
    try {
      const isFine = await untilAborted(signal, this.#transport.verify())
      return isFine ? { ok: true, detail: 'the server answers' } : { ok: false, detail: 'no answer in time' }
    } catch (error) {
      return { ok: false, detail: this.#failed(error, signal).detail }
    }
  }

  async stop(): Promise<void> {
    this.#transport.close()
  }

  #mailFor({ key, thread, recipient, facts }: Notice, email: string) {
    const { from, fromName, replyTo, unsubscribe } = this.#props.settings
    const { language, name } = recipient
    const { host } = this.#props.tools
    const message = messageOf(facts, language)
    const root = `<${idPart(thread)}@${host}>`
    return {
      from: { name: oneLine(fromName), address: from },
      to: { name: oneLine(name), address: email },
      ...(replyTo !== undefined && { replyTo }),
      subject: message.subject,
      text: message.lines.join('\n'),
      html: mailHtml(message, facts.link, phrases[language].acknowledge),
      messageId: `<${idPart(key)}@${host}>`,
      ...{ references: root, inReplyTo: root },
      ...(facts.severity === 'critical' && facts.about !== 'test' && ({ priority: 'high' } as const)),
      headers: {
        'Auto-Submitted': 'auto-generated',
        'X-Auto-Response-Suppress': 'All',
        'Content-Language': language,
        ...(unsubscribe !== undefined && { 'List-Unsubscribe': `<${unsubscribe}>` })
      }
    }
  }

  #failed(error: unknown, signal: AbortSignal): SendOutcome & { ok: false } {
    if (signal.aborted) return this.#details.refused('unavailable', 'no answer in time')
    if (error instanceof SenError) return this.#details.refused('channel', error.message)
    const { code, responseCode, response, command } = smtpError(error)
    const said = [responseCode, code, response?.replace(/^\d{3}[ -]/, '')].filter(part => part !== undefined).join(' ')
    if (code === 'EAUTH' || code === 'ETLS' || code === 'ENOAUTH') return this.#details.refused('channel', said)
    if (responseCode === undefined) return this.#details.refused('unavailable', said)
    // 4xx passes (RFC 5321, 4.2.1): a full queue, greylisting.
    if (responseCode < 500) return this.#details.refused('unavailable', said, responseCode === 450 ? 60_000 : undefined)
    return this.#details.refused(command === 'RCPT TO' ? 'recipient' : 'channel', said)
  }
}

function transportOf({ settings, secrets, tools }: EmailProps) {
  const { host, port, security, user, ca } = settings
  const reachable = new ReachableAddresses(tools.reachable)
  return createTransport({
    ...{ pool: true, maxConnections: 3, maxRequeues: 0, idleTimeout: 20_000, host, port, name: tools.host },
    ...{ secure: security === 'tls', requireTLS: security === 'starttls', ignoreTLS: security === 'none' },
    ...(user !== undefined && { auth: { user, pass: secrets.password ?? '' } }),
    tls: { minVersion: 'TLSv1.2', ...(ca !== undefined && { ca }) },
    ...{ connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs },
    ...{ disableFileAccess: true, disableUrlAccess: true, logger: false },
    getSocket: (_: unknown, done: (error: Error | null, socket: { connection: Socket } | false) => void) => {
      guardedConnection({ host, port, reachable, timeoutMs }).then(
        connection => done(null, { connection }),
        (error: Error) => done(error, false)
      )
    }
  })
}

/** A part of a Message-ID: nothing but what needs no quotes (RFC 5322, 3.2.3). */
const idPart = (text: string): string => text.replace(/[^A-Za-z0-9_-]/g, '-')

interface SmtpError {
  readonly code: string | undefined
  readonly responseCode: number | undefined
  readonly response: string | undefined
  readonly command: string | undefined
}

function smtpError(error: unknown): SmtpError {
  const text = (name: string) => {
    const value: unknown = error instanceof Error ? Reflect.get(error, name) : undefined
    return typeof value === 'string' ? value : undefined
  }
  const status: unknown = error instanceof Error ? Reflect.get(error, 'responseCode') : undefined
  const responseCode = typeof status === 'number' ? status : undefined
  return { code: text('code'), responseCode, response: text('response'), command: text('command') }
}
