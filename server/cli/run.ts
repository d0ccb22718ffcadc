import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { SenError, messageOf } from '../../model/errors.ts'
import { Sen } from '../app.ts'
import type { Addresses } from '../app.ts'
import { demoMqttPort, settingsOf } from '../config.ts'
import type { Settings } from '../config.ts'
import { demoClock } from '../demo-clock.ts'
import { registerDemo } from '../demo.ts'
import { threadLog } from '../log.ts'
import { isOnTerminal } from '../terminal.ts'
import { openClock } from '../wire/clock.ts'
import { report } from './report.ts'
import type { DemoOptions } from './start.ts'

/** `sen run`: the process that `start` and `serve` look after. */
export function commands(): readonly Command[] {
  return [runCommand()]
}

function runCommand(): Command {
  return new Command('run')
    .description('runs Sen in this process; start and serve look after it')
    .option('--demo <options>', 'as JSON')
    .option('--trial-ca', 'TLS with a certificate of a local authority')
    .action(async ({ demo, trialCa }: { demo?: string; trialCa?: true }) => {
      await run(demo === undefined ? undefined : (JSON.parse(demo) as DemoOptions), trialCa === true)
    })
}

async function run(demo: DemoOptions | undefined, isTrial: boolean): Promise<void> {
  const settings = { ...runSettings(demo), isTrial }
  const log = threadLog('main', settings)
  let simulator: ChildProcess | undefined
  const sen = new Sen({
    settings,
    clock: openClock(settings),
    log,
    isDemo: demo !== undefined,
    onFatal: cause => {
      log.error({ cause }, 'Sen cannot go on')
      process.exit(1)
    }
  })
  const stop = () => {
    ended(simulator)
      .then(() => sen.stop())
      .then(
        () => process.exit(0),
        (cause: unknown) => {
          log.error({ cause }, 'Sen did not stop cleanly')
          process.exit(1)
        }
      )
  }
  // Again and again: Ctrl-C and a service manager tell the whole group, and the parent process tells too.
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  process.on('SIGHUP', () => {
    if (isOnTerminal()) stop()
    else void sen.renewCertificate()
  })
  endWithParent(stop)
  const addresses = await sen.start().catch((cause: unknown) => fail(cause))
  if (demo) simulator = await startDemo(sen, demo, addresses, settings)
  if (demo) tellWhereToLook(addresses)
  if (sen.setupCode !== undefined) tellSetupCode(addresses, sen.setupCode)
  process.stdout.write(`${JSON.stringify({ ready: true, ...addresses, pid: process.pid })}\n`)
}

function runSettings(demo: DemoOptions | undefined): Settings {
  const settings = settingsOf(process.env)
  if (!demo) return settings
  makeFolder(settings.SEN_DATA)
  return {
    ...settings,
    SEN_MQTT_PORT: settings.SEN_MQTT_PORT ?? demoMqttPort,
    SEN_KEY_FILE: settings.SEN_KEY_FILE ?? join(settings.SEN_DATA, 'key'),
    // A person looks at the demo's terminal; scripts that want more say so.
    SEN_LOG: process.env['SEN_LOG'] === undefined ? 'warn' : settings.SEN_LOG,
    clock: demoClock(settings.SEN_DATA, demo.speed)
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new SenError('SEN_SETTING_INVALID', `make folder SEN_DATA=${path}: ${messageOf(cause)}`, { cause })
  }
}

/** Registers the simulated province, and publishes it from a process of its own over real MQTT. */
async function startDemo(
  sen: Sen,
  demo: DemoOptions,
  { mqtt }: Addresses,
  settings: Settings
): Promise<ChildProcess | undefined> {
  if (mqtt === undefined) throw new SenError('SEN_INTERNAL', 'start demo: the MQTT door is closed')
  if (!demo.simulator) return undefined
  const credentials = await registerDemo(sen.administration, demo)
  const child = fork(fileURLToPath(new URL('./main.ts', import.meta.url)), ['simulate', '--forked'], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc']
  })
  child.send({ url: mqtt, credentials, devices: demo.devices, rate: demo.rate, seed: demo.seed, clock: settings.clock })
  return child
}

/** The simulator ends first, so that it does not miss its broker. */
function ended(simulator: ChildProcess | undefined): Promise<void> {
  if (!simulator || simulator.exitCode !== null) return Promise.resolve()
  return new Promise(resolve => {
    simulator.once('exit', () => {
      resolve()
    })
    simulator.kill('SIGTERM')
  })
}

/** Threads may be running already: the process ends with what went wrong, said in one line. */
function fail(cause: unknown): never {
  process.exit(report(cause))
}

/** Sen must not outlive the process that looks after it: that one would start a second. */
function endWithParent(stop: () => void): void {
  const parent = Number(process.env['SEN_PARENT'])
  if (!Number.isInteger(parent) || parent <= 1) return
  setInterval(() => {
    if (process.ppid !== parent) stop()
  }, 1000).unref()
}

function tellWhereToLook({ http, https, mqtt, trialFingerprint }: Addresses): void {
  const lines = [
    ['Bảng điều khiển  Console', http],
    ...(https === undefined ? [] : [['HTTPS', https]]),
    ...(trialFingerprint === undefined
      ? []
      : [['Chứng chỉ / certificate', `${http}/trial-ca  SHA-256 ${trialFingerprint}`]]),
    ['API', `${http}/api/docs`],
    ['MQTT', mqtt]
  ]
  const text = lines.map(([name = '', value]) => `  ${name.padEnd(24)}  ${value}\n`).join('')
  process.stderr.write(`\n${text}  Ctrl-C: dừng / stop\n\n`)
}

/** There is no default password: whoever started Sen makes the first administrator. */
function tellSetupCode({ http, https }: Addresses, code: string): void {
  process.stderr.write(
    `  Tạo người quản trị đầu tiên / make the first administrator:\n    ${https ?? http}/#/setup   mã / code ${code}\n\n`
  )
}
