/** How much one device may send. */
export interface QuotaLimits {
  /** Messages a second, sustained. */
  readonly perSecond: number
  /** Messages that it may send at once after a pause: late uploads after a night without a network. */
  readonly burst: number
  /** Bytes of payload a second, sustained: a message counts for as many as its bytes would take. As many as it likes if left out. */
  readonly bytesPerSecond?: number
}

/** One device's allowance at one time. */
export interface Allowance {
  /** Whose it is. */
  readonly holder: string
  /** Messages it may send at once; below 0 while it has sent too many. */
  left: number
  /** When `left` held, ms. */
  at: number
}

/** Allowances kept; who sent first is forgotten first, and starts anew with a full one. */
const mostRemembered = 200_000

/** Is told of each message beyond the quota: it is owed, and its sender waits; or it is turned away. */
export type OnExcess = (holder: string, what: 'slowed' | 'turnedAway') => void

/** A token bucket for each device, so that one that floods does so at its own cost. Pure: time comes with the calls. */
export class DeviceQuota {
  readonly #limits: QuotaLimits
  readonly #onExcess: OnExcess | undefined
  readonly #allowances = new Map<string, Allowance>()

  constructor(limits: QuotaLimits, onExcess?: OnExcess) {
    this.#limits = limits
    this.#onExcess = onExcess
  }

  /** @param now - ms that never run back. @returns what stands for the device from now on; may be kept. */
  allowanceOf(device: string, now: number): Allowance {
    const known = this.#allowances.get(device)
    if (known) return known
    if (this.#allowances.size >= mostRemembered) {
      for (const oldest of this.#allowances.keys()) {
        this.#allowances.delete(oldest)
        break
      }
    }
    const allowance = { holder: device, left: this.#limits.burst, at: now }
    this.#allowances.set(device, allowance)
    return allowance
  }

  /**
   * Takes one message off.
   *
   * @param sizeBytes - of its payload.
   * @returns 0 if it may be sent now, else in how many ms; it is taken off in either case only if `isOwed`.
   */
  take(allowance: Allowance, now: number, isOwed: boolean, sizeBytes = 0): number {
    const { perSecond, burst, bytesPerSecond } = this.#limits
    const bytesCost = bytesPerSecond === undefined ? 1 : (sizeBytes * perSecond) / bytesPerSecond
    const cost = bytesCost > 1 ? Math.min(bytesCost, Math.max(1, burst)) : 1
    allowance.left = Math.min(burst, allowance.left + ((now - allowance.at) * perSecond) / 1000)
    allowance.at = now
    const missing = cost - allowance.left
    if (missing <= 0 || isOwed) allowance.left -= cost
    if (missing <= 0) return 0
    this.#onExcess?.(allowance.holder, isOwed ? 'slowed' : 'turnedAway')
    return (missing * 1000) / perSecond
  }
}

/** A device as a message names it; a network server's names no site. */
export interface NamedDevice {
  readonly device: string
  readonly site?: string
}

/**
 * Says whose quota a message counts for: the device's where it stands, and its sender's for names that nobody registered, or that
 * stand elsewhere. He could make up any number of them.
 *
 * @param siteOf - the site at which a registered device stands.
 */
export function quotaHolder(
  named: NamedDevice | undefined,
  sender: string,
  siteOf: (device: string) => string | undefined
): string {
  const place = named && siteOf(named.device)
  if (named === undefined || place === undefined) return sender
  return named.site === undefined || named.site === place ? named.device : sender
}
