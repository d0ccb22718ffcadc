import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { submitPdus } from './pdu.ts'

/** How a modem behaves: answers by command; others say OK. */
export interface ModemBehaviour {
  /** Lines before `OK`, or the final line itself if it is one. */
  readonly answers?: Readonly<Record<string, string>>
  /** What it says to each message, `OK` or an error. */
  readonly cmgs?: string
  /** Never asks for the PDU. */
  readonly isMute?: boolean
}

/** A modem at the other end of a line: speaks as 3GPP TS 27.005 says, slowly enough to be cut anywhere. */
export class TestModem {
  readonly commands: string[] = []
  readonly pdus: string[] = []
  behaviour: ModemBehaviour
  #line: Duplex | undefined
  #buffer = ''
  #isWaitingForPdu = false
  #reference = 40

  constructor(behaviour: ModemBehaviour = {}) {
    this.behaviour = behaviour
  }

  attach(line: Duplex): void {
    this.#line = line
    this.#buffer = ''
    this.#isWaitingForPdu = false
    line.setEncoding('latin1')
    line.on('error', () => {})
    line.on('data', (chunk: string) => {
      this.#buffer += chunk
      while (this.#step());
    })
  }

  /** Says something by itself. */
  says(text: string): void {
    this.#line?.write(`\r\n${text}\r\n`)
  }

  /** Pulls the plug. */
  unplug(): void {
    this.#line?.destroy()
  }

  #step(): boolean {
    const ends = this.#isWaitingForPdu ? ['\x1a', '\x1b'] : ['\r']
    const [end = -1] = ends.map(mark => this.#buffer.indexOf(mark)).filter(at => at >= 0)
    if (end < 0) return false
    const text = this.#buffer.slice(0, end)
    this.#buffer = this.#buffer.slice(end + 1)
    if (this.#isWaitingForPdu) this.#take(text)
    else this.#obey(text)
    return true
  }

  #take(pdu: string): void {
    this.#isWaitingForPdu = false
    this.pdus.push(pdu)
    const { cmgs = 'OK' } = this.behaviour
    if (cmgs === 'OK') this.says(`+CMGS: ${++this.#reference}`)
    this.says(cmgs)
  }

  #obey(command: string): void {
    this.commands.push(command)
    if (this.behaviour.isMute) return
    if (command.startsWith('AT+CMGS=')) {
      this.#isWaitingForPdu = true
      this.#line?.write('\r\n> ')
      return
    }
    const usual: Readonly<Record<string, string>> = {
      'AT+CPIN?': '+CPIN: READY',
      'AT+CREG?': '+CREG: 0,1',
      'AT+CSQ': '+CSQ: 17,99'
    }
    const answer = this.behaviour.answers?.[command] ?? usual[command]
    if (answer !== undefined) this.says(answer)
    if (answer === undefined || answer.startsWith('+C') === !/ERROR/.test(answer)) this.says('OK')
  }
}

/** A modem behind a serial server: its port is TCP. */
export async function modemAtTcp(modem: TestModem) {
  const server = createServer({ noDelay: true }, line => modem.attach(line))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      modem.unplug()
      return new Promise<void>(resolve => server.close(() => resolve()))
    }
  }
}

/** A message of somebody, as a modem passes it on: SMS-DELIVER (3GPP TS 23.040, 9.2.2.1) with the body of a submitted one. */
export function deliverPdu(phone: string, text: string, isUnicode: boolean): string {
  const { hex } = submitPdus({ phone, text, isUnicode, reference: 0 })[0] ?? { hex: '' }
  const digits = phone.length - 1
  const address = hex.slice(6, 6 + 4 + Math.ceil(digits / 2) * 2)
  const body = hex.slice(6 + address.length + 6)
  return `0004${address}00${isUnicode ? '08' : '00'}62311241700082${body}`
}

/** A status report, as a modem passes it on. */
export function reportPdu(reference: number, status: string): string {
  return `0006${reference.toString(16).padStart(2, '0')}0B914889674523F16231124170008262311241800082${status}`
}
