import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'

// Records and not objects with known keys: zod gives those first, and the file would come back in another order.
const lockfile = z.record(z.string(), z.unknown())
const lockPackages = z.record(z.string(), lockfile)
const lockEntry = z.looseObject({
  version: z.string().optional(),
  dev: z.boolean().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional()
})
type LockEntry = z.infer<typeof lockEntry>

/** A `package-lock.json` of version 3, read; the keys of `packages` are paths such as `node_modules/zod`. */
export type Lockfile = z.infer<typeof lockfile>

const operatingSystems = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32'
]
const processors = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64']
const exactVersion = /^\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$/

/**
 * Adds the entries for other platforms that `npm install` leaves out of the lock when the registry does not answer for
 * them, and that `npm ci` then misses ("Missing: …-darwin-arm64@ from lock file", npm/cli issue 9846).
 *
 * Pure and idempotent: a complete lock comes back equal, `added` is empty. Entries carry no checksum, since npm never saw
 * the package; npm fetches it by name and version on the platform that wants it.
 *
 * @returns the lock, its entries in npm's order, and the paths added.
 * @throws Error naming the package, where its version is not exact or its name tells no platform.
 */
export function completeLockfile(lock: Lockfile): { readonly lock: Lockfile; readonly added: readonly string[] } {
  if (lock['lockfileVersion'] !== 3)
    throw new Error(`complete lock: version ${String(lock['lockfileVersion'])} is not 3`)
  const packages = new Map(Object.entries(lockPackages.parse(lock['packages'])))
  const added: string[] = []
  for (const [path, text] of [...packages]) {
    const entry = lockEntry.parse(text)
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const place = placeOfMissing(packages, path, { name, version })
      if (place === undefined) continue
      packages.set(place, platformEntry(name, version, entry))
      added.push(place)
    }
  }
  if (added.length === 0) return { lock, added }
  const sorted = [...packages].sort(([a], [b]) => a.localeCompare(b, 'en'))
  return { lock: { ...lock, packages: Object.fromEntries(sorted) }, added }
}

type Wanted = { readonly name: string; readonly version: string }

/** @returns where the entry must be added, or `undefined` if Node's search from `path` upwards finds one that will do. */
function placeOfMissing(
  packages: ReadonlyMap<string, Readonly<Record<string, unknown>>>,
  path: string,
  wanted: Wanted
): string | undefined {
  for (let owner = path; ; owner = ownerOf(owner)) {
    const place = below(owner, wanted.name)
    const found = packages.get(place)
    const willDo = found !== undefined && (!exactVersion.test(wanted.version) || found['version'] === wanted.version)
    if (willDo) return undefined
    // Another version stands in the way: only the dependent's own folder is free for certain.
    if (found !== undefined) return below(path, wanted.name)
    if (owner === '') return place
  }
}

const below = (owner: string, name: string): string => `${owner === '' ? '' : `${owner}/`}node_modules/${name}`

function ownerOf(path: string): string {
  const end = path.lastIndexOf('/node_modules/')
  return end === -1 ? '' : path.slice(0, end)
}

function platformEntry(name: string, version: string, dependent: LockEntry): LockEntry {
  if (!exactVersion.test(version)) throw new Error(`complete lock ${name}: version "${version}" is not exact`)
  const words = name.split(/[/-]/)
  const os = operatingSystems.filter(system => words.includes(system))
  const cpu = processors.filter(processor => words.includes(processor))
  if (os.length === 0 && cpu.length === 0) throw new Error(`complete lock ${name}: its name tells no platform`)
  return {
    version,
    ...(cpu.length > 0 && { cpu }),
    ...(dependent.dev === true && { dev: true }),
    ...libcOf(words),
    optional: true,
    ...(os.length > 0 && { os })
  }
}

function libcOf(words: readonly string[]): { libc?: string[] } {
  if (words.some(word => word.startsWith('musl'))) return { libc: ['musl'] }
  if (words.some(word => word.startsWith('gnu'))) return { libc: ['glibc'] }
  return {}
}

/** Completes the file at `path` in place and says what it added. */
export async function completeLockfileAt(path: string): Promise<readonly string[]> {
  const { lock, added } = completeLockfile(lockfile.parse(JSON.parse(await readFile(path, 'utf8'))))
  if (added.length > 0) await writeFile(path, `${JSON.stringify(lock, null, 2)}\n`)
  return added
}

// `import.meta.main` would do under Node, but test runners do not know it.
if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  const added = await completeLockfileAt('package-lock.json')
  for (const place of added) console.log(`added ${place}`)
  console.log(added.length === 0 ? 'package-lock.json is complete' : `package-lock.json: ${added.length} entries added`)
}
