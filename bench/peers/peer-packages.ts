import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where the peers' npm packages go: beside other caches, never into the project. */
export const peerFolder = fileURLToPath(new URL('../../node_modules/.cache/peers', import.meta.url))
export const nodeRedProgram = join(peerFolder, 'node_modules', 'node-red', 'red.js')

const npmPackages = ['node-red@5.0.7', 'node-red-contrib-influxdb@0.7.0']
const debianPrograms = { mosquitto: 'mosquitto', influxdb: 'influxd' }

/** Debian packages that the peers need and this machine does not have. */
export function missingPackages(): readonly string[] {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']
  return Object.entries(debianPrograms)
    .filter(([, program]) => !folders.some(folder => existsSync(join(folder, program))))
    .map(([name]) => name)
}

/** Installs Node-RED and its InfluxDB nodes, once. @throws Error if npm fails. */
export function installNodeRed(tell: (text: string) => void): void {
  const isThere = ['node-red', 'node-red-contrib-influxdb'].every(name =>
    existsSync(join(peerFolder, 'node_modules', name, 'package.json'))
  )
  if (isThere) return
  tell(`installing ${npmPackages.join(' and ')} into node_modules/.cache/peers`)
  mkdirSync(peerFolder, { recursive: true })
  writeFileSync(join(peerFolder, 'package.json'), '{ "private": true }\n')
  const words = ['install', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', ...npmPackages]
  const { status } = spawnSync('npm', words, { cwd: peerFolder, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error(`install ${npmPackages.join(' ')}: npm ended with ${status}`)
}
