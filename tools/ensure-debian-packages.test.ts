import { expect, test } from 'vitest'
import { debianPackages } from './debian-packages.ts'
import { ensurePackages } from './ensure-debian-packages.ts'
import type { Machine } from './ensure-debian-packages.ts'

const wanted = [
  { name: 'mosquitto-clients', program: 'mosquitto_pub' },
  { name: 'chromium', program: 'chromium' }
]

interface Props {
  readonly programs: readonly string[]
  readonly asRoot?: readonly string[]
  readonly code?: number
  /** Programs that appear when the install command runs. */
  readonly brings?: readonly string[]
}

/** A machine in memory; `commands` are those it was told to run. */
function machineWith({ programs, asRoot, code = 0, brings = [] }: Props): Machine & { commands: string[][] } {
  const present = new Set(programs)
  const commands: string[][] = []
  return {
    commands,
    hasProgram: program => present.has(program),
    asRoot: () => asRoot,
    run(command) {
      commands.push([...command])
      for (const program of brings) present.add(program)
      return code
    }
  }
}

test('runs nothing where every program is there', () => {
  const machine = machineWith({ programs: ['mosquitto_pub', 'chromium'] })

  expect(ensurePackages(wanted, machine)).toEqual({ kind: 'present' })
  expect(machine.commands).toEqual([])
})

test('installs only what is missing, in one command, as root', () => {
  const machine = machineWith({ programs: ['apt-get', 'chromium'], asRoot: [], brings: ['mosquitto_pub'] })

  expect(ensurePackages(wanted, machine)).toEqual({ kind: 'installed', packages: ['mosquitto-clients'] })
  expect(machine.commands).toHaveLength(1)
  expect(machine.commands[0]?.slice(0, 2)).toEqual(['sh', '-c'])
  expect(machine.commands[0]?.slice(4)).toEqual(['mosquitto-clients'])
})

test('goes through sudo where it asks for no password', () => {
  const machine = machineWith({ programs: ['apt-get'], asRoot: ['sudo', '-n'], brings: ['mosquitto_pub', 'chromium'] })

  expect(ensurePackages(wanted, machine).kind).toBe('installed')
  expect(machine.commands[0]?.slice(0, 3)).toEqual(['sudo', '-n', 'sh'])
})

test('keeps services from starting, and asks nobody anything', () => {
  const machine = machineWith({ programs: ['apt-get'], asRoot: [], brings: ['mosquitto_pub', 'chromium'] })
  ensurePackages(wanted, machine)

  const script = machine.commands[0]?.[2] ?? ''
  expect(script).toContain('exit 101')
  expect(script).toContain('DEBIAN_FRONTEND=noninteractive')
  expect(script.match(/apt-get .*update/g)).toHaveLength(1)
})

const failures: readonly (readonly [string, Props, string])[] = [
  ['there is no apt-get', { programs: [], asRoot: [] }, 'this machine has no apt-get'],
  ['it may not become root', { programs: ['apt-get'] }, 'neither root nor sudo without a password'],
  ['apt-get fails', { programs: ['apt-get'], asRoot: [], code: 100 }, 'apt-get ended with 100'],
  [
    'the program is still not there',
    { programs: ['apt-get'], asRoot: [] },
    'the programs of mosquitto-clients chromium'
  ]
]

test.each(failures)('names what is missing in one line where %s', (_, props, cause) => {
  const outcome = ensurePackages(wanted, machineWith(props))

  expect(outcome.kind).toBe('failed')
  if (outcome.kind !== 'failed') return
  expect(outcome.message).toContain(cause)
  expect(outcome.message).toMatch(
    /^install mosquitto-clients chromium: .*apt-get install -y mosquitto-clients chromium$/
  )
})

test('lists each package once', () => {
  const names = debianPackages.map(({ name }) => name)

  expect(new Set(names).size).toBe(names.length)
})
