import { setTimeout as wait } from 'node:timers/promises'
import { SenError } from '../../model/errors.ts'
import type { Log } from '../../model/log.ts'
import { silentLog } from '../../model/log.ts'
import type { Credential } from '../mqtt-publisher.ts'
import { LoadMeter } from './load-meter.ts'
import type { LoadProgress, LoadSummary } from './load-meter.ts'
import { LoadTraffic } from './load-traffic.ts'
import { loadSite } from './provisioning.ts'

export interface LoadOptions {
  /** Broker, `mqtt://host:port`. */
  readonly url: string
  /** Site id (see `loadSite`) → the credential that opens `site/{site}/#`. */
  readonly credentials: Readonly<Record<string, Credential>>
  /**
   * `farm` (default): flat JSON, in the device's own topic. `chirpstack`: `event/up` of ChirpStack v4, as its network server
   * publishes it to a broker of its own; `credentials` then open that broker.
   */
  readonly content?: 'farm' | 'chirpstack'
  /** File of its own for what was sent and acknowledged; must not exist. */
  readonly ledgerFile: string
  /** Begins all ids; as given to `loadProvisioning`. Default `load`. */
  readonly runId?: string
  /** Default 1,000. */
  readonly devices?: number
  /** Device `d` uses connection `d mod connections`. Default 100, at most `devices`. */
  readonly connections?: number
  /** Connection `c` belongs to site `c mod sites`. Default: as many as connections, which must be a multiple of it. */
  readonly sites?: number
  /** Messages a second of all devices together; 0: as fast as acknowledgements allow. Default 0. */
  readonly rate?: number
  /**
   * At a given `rate`: how often what is due is sent, ms. Default 1. A longer one lets a gateway put more messages into one
   * write, which makes generator and server cheaper; say it beside the figures.
   */
  readonly paceMs?: number
  /** Ends sending after this time, s. Default: no end but `messages` or `signal`. */
  readonly seconds?: number
  /** Ends sending after so many messages. */
  readonly messages?: number
  /** Default 1. At QoS 0 nothing is acknowledged, and the ledger holds what was sent only. */
  readonly qos?: 0 | 1
  /** Messages of one device sent and not yet acknowledged. Default 20. */
  readonly unacknowledged?: number
  /** Decides the values (`loadValue`) and the reconnects' delays. Default 1. */
  readonly seed?: number
  /** How long to wait for the last acknowledgements, ms. Default 30,000. */
  readonly drainMs?: number
  readonly log?: Log
  readonly signal?: AbortSignal
  /** Called about once a second. */
  readonly onProgress?: (progress: LoadProgress) => void
}

const firstConnectionMs = 30_000

/**
 * Publishes the *farm* load (unless `content` says otherwise): flat JSON of 185-byte PUBLISHes with `ts`, a counting `seq` and five metrics, spread evenly over
 * all devices. Each message can be recomputed from (seed, device number, `seq`), and what was sent and acknowledged is
 * recorded in the ledger before it leaves, so `compare` can say exactly what a server lost. A broken connection is opened again and what is
 * not acknowledged sent again with DUP.
 *
 * A server slower than `rate` is not overrun: devices wait at `unacknowledged`, and the summary tells the rate reached.
 *
 * @throws SenError SEN_INPUT_INVALID for an option out of range, SEN_CONFLICT if the ledger exists, SEN_UNAUTHENTICATED if the broker refuses a
 * credential, SEN_CONNECTOR_FAILED if not all connections are open within 30 s.
 */
export async function load(options: LoadOptions): Promise<LoadSummary> {
  const plan = planOf(options)
  const { signal = new AbortController().signal, log = silentLog } = options
  const meter = new LoadMeter()
  const traffic = new LoadTraffic({ ...plan, meter, log })
  const housekeeping = setInterval(() => {
    traffic.keep()
    options.onProgress?.(meter.progress())
  }, 1_000)
  try {
    await traffic.open(AbortSignal.any([signal, AbortSignal.timeout(firstConnectionMs)]))
    meter.begin()
    await send(traffic, plan, signal)
    await traffic.drained(AbortSignal.timeout(plan.drainMs))
  } finally {
    clearInterval(housekeeping)
    traffic.close()
  }
  return meter.summary(traffic.counts())
}

/** What `options` come to, defaults filled in. */
export type LoadPlanned = ReturnType<typeof planOf>

function planOf(options: LoadOptions) {
  const { runId = 'load', devices = 1_000, rate = 0, paceMs = 1, qos = 1, unacknowledged = 20, seed = 1 } = options
  const connections = Math.min(options.connections ?? 100, devices)
  const sites = options.sites ?? connections
  need(URL.canParse(options.url), 'url', options.url, 'mqtt://host:port')
  const { hostname, port, protocol } = new URL(options.url)
  const plan = {
    host: hostname,
    port: Number(port || 1_883),
    credentials: options.credentials,
    content: options.content ?? 'farm',
    ledgerFile: options.ledgerFile,
    runId,
    devices,
    connections,
    sites,
    rate,
    paceMs,
    qos,
    unacknowledged,
    seed,
    messages: options.messages ?? Number.MAX_SAFE_INTEGER,
    seconds: options.seconds ?? Number.MAX_SAFE_INTEGER,
    drainMs: options.drainMs ?? 30_000
  }
  need(protocol === 'mqtt:', 'url', options.url, 'mqtt://host:port')
  checkPlan(plan)
  return plan
}

function checkPlan(plan: LoadPlanned): void {
  const { runId, devices, connections, sites, rate, paceMs, unacknowledged, credentials } = plan
  const limit = Math.floor(32_000 / Math.ceil(devices / connections))
  need(/^[A-Za-z0-9._-]{1,40}$/.test(runId), 'runId', runId, '1 to 40 letters, digits, ".", "_" or "-"')
  need(Number.isInteger(devices) && devices >= 1 && devices <= 1_000_000, 'devices', devices, '1 to 1,000,000')
  need(Number.isInteger(connections) && connections >= 1, 'connections', connections, '1 or more')
  need(Number.isInteger(sites) && connections % sites === 0, 'sites', sites, `a divisor of ${connections} connections`)
  need(rate >= 0, 'rate', rate, '0 or more')
  need(paceMs >= 1 && paceMs <= 1_000, 'paceMs', paceMs, '1 to 1,000')
  need(unacknowledged >= 1 && unacknowledged <= limit, 'unacknowledged', unacknowledged, `1 to ${limit}`)
  for (let s = 0; s < sites; s++) {
    const site = loadSite(runId, s)
    if (credentials[site] === undefined)
      throw new SenError('SEN_INPUT_INVALID', `load: no credential for the site ${site}`)
  }
}

/** Sends until time or messages are used up, or `signal` aborts. */
async function send(traffic: LoadTraffic, plan: LoadPlanned, signal: AbortSignal): Promise<void> {
  const begin = performance.now()
  const ends = (): boolean =>
    signal.aborted || performance.now() - begin >= plan.seconds * 1_000 || traffic.asked >= plan.messages
  if (plan.rate === 0) {
    traffic.saturate()
    while (!ends()) await wait(20)
  } else {
    let dueFrom = begin
    let sinceDue = 0
    while (!ends()) {
      await wait(plan.paceMs)
      const elapsedMs = performance.now() - dueFrom
      const due = Math.floor((elapsedMs * plan.rate) / 1_000) - sinceDue
      const asked = traffic.ask(Math.min(due, plan.messages - traffic.asked))
      sinceDue += asked
      if (asked < due) {
        // No room: what a slower server does not take now is not made up for later.
        dueFrom = performance.now()
        sinceDue = 0
      }
    }
  }
  traffic.stop()
}

function need(isRight: boolean, name: string, value: unknown, rule: string): void {
  if (!isRight) throw new SenError('SEN_INPUT_INVALID', `load: ${name} is ${JSON.stringify(value)}, must be ${rule}`)
}
