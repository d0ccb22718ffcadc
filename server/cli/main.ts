#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { report } from './report.ts'

/** Compiled code from runs before, for this process, its threads and its children: half of what a command takes to start. */
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('../../node_modules/.cache/sen', import.meta.url))
enableCompileCache()

const sen = new Command('sen')
  .description('Sen: telemetry of a province, from the published message to the stored reading')
  .version(
    (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version
  )
  .showHelpAfterError('(sen --help lists the commands)')
  .exitOverride()

/** Commands by the module that has them. Only the one asked for is loaded: the others bring the whole server with them. */
const modules = {
  start: () => import('./start.ts'),
  serve: () => import('./start.ts'),
  simulate: () => import('./simulate.ts'),
  load: () => import('./load.ts'),
  token: () => import('./token.ts'),
  user: () => import('./user.ts'),
  key: () => import('./key.ts'),
  doctor: () => import('./doctor.ts'),
  watchdog: () => import('./watchdog.ts'),
  organisation: () => import('./organisation.ts'),
  place: () => import('./place.ts'),
  site: () => import('./site.ts'),
  device: () => import('./device.ts'),
  gateway: () => import('./gateway.ts'),
  connector: () => import('./connector.ts'),
  profile: () => import('./profile.ts'),
  decode: () => import('./decode.ts'),
  redecode: () => import('./redecode.ts'),
  import: () => import('./import.ts'),
  rules: () => import('./rules.ts'),
  replay: () => import('./replay.ts'),
  run: () => import('./run.ts')
}

const asked = Object.entries(modules).find(([name]) => name === process.argv[2])
const loaders = asked ? [asked[1]] : [...new Set(Object.values(modules))]
const added = new Set<string>()
for (const { commands } of await Promise.all(loaders.map(loader => loader()))) {
  for (const command of commands()) {
    if (added.has(command.name())) continue
    added.add(command.name())
    sen.addCommand(command, { hidden: command.name() === 'run' })
  }
}

// Whoever reads our output may have seen enough (`sen device list | head -1`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})

try {
  await sen.parseAsync()
} catch (error) {
  process.exitCode = report(error)
}
