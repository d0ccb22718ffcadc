import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { debianPackages } from './debian-packages.ts'
import type { DebianPackage } from './debian-packages.ts'

/** What the tool asks of the machine it runs on. */
export interface Machine {
  hasProgram(program: string): boolean
  /** The words that come before a command to run it as root (none if we are root), or `undefined` if we may not. */
  asRoot(): readonly string[] | undefined
  /** Runs a command with its output shown; @returns its exit code. */
  run(command: readonly string[]): number
}

/** What became of the packages: nothing to do, installed now, or why the tests cannot run. */
export type Outcome =
  | { readonly kind: 'present' }
  | { readonly kind: 'installed'; readonly packages: readonly string[] }
  | { readonly kind: 'failed'; readonly message: string }

/*
 * The services these packages bring must not run: Debian asks policy-rc.d before it starts one, and 101 means no.
 * A policy that is already there stands, since somebody chose it. "$@" are the packages.
 */
const installScript = `
set -eu
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
apt-get -o DPkg::Lock::Timeout=300 -qq update
apt-get -o DPkg::Lock::Timeout=300 -qq install -y --no-install-recommends "$@"
`

/**
 * Installs what is missing, if it may. Idempotent; asks for no password, and leaves no service running.
 *
 * @returns what became of it; the message of a failure names every missing package and the command that installs them.
 */
export function ensurePackages(packages: readonly DebianPackage[], machine: Machine): Outcome {
  const missing = missingOf(packages, machine)
  if (missing.length === 0) return { kind: 'present' }

  const refusal = (cause: string): Outcome => ({
    kind: 'failed',
    message: `install ${missing.join(' ')}: ${cause}; run: sudo apt-get install -y ${missing.join(' ')}`
  })
  if (!machine.hasProgram('apt-get')) return refusal('this machine has no apt-get')
  const asRoot = machine.asRoot()
  if (asRoot === undefined) return refusal('neither root nor sudo without a password')

  const code = machine.run([...asRoot, 'sh', '-c', installScript, 'sh', ...missing])
  if (code !== 0) return refusal(`apt-get ended with ${code}`)
  const still = missingOf(packages, machine)
  if (still.length > 0) return refusal(`installed, yet the programs of ${still.join(' ')} are not there`)
  return { kind: 'installed', packages: missing }
}

function missingOf(packages: readonly DebianPackage[], machine: Machine): readonly string[] {
  return packages.filter(({ program }) => !machine.hasProgram(program)).map(({ name }) => name)
}

/** The machine this process runs on. Services such as mosquitto live in folders that a person's search path leaves out. */
const thisMachine: Machine = {
  hasProgram(program) {
    const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
    return folders.some(folder => isExecutable(join(folder, program)))
  },
  asRoot() {
    if (process.getuid?.() === 0) return []
    return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : undefined
  },
  run(command) {
    const [program = '', ...words] = command
    return spawnSync(program, words, { stdio: ['ignore', 'inherit', 'inherit'] }).status ?? 1
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

// `import.meta.main` would do under Node, but test runners do not know it.
if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  const outcome = ensurePackages(debianPackages, thisMachine)
  if (outcome.kind === 'installed') console.log(`Installed for the tests: ${outcome.packages.join(' ')}`)
  if (outcome.kind === 'failed') {
    console.error(outcome.message)
    process.exitCode = 1
  }
}
