import { z } from 'zod'

const names = z.record(z.string(), z.string()).default({})
const packageFile = z.object({ dependencies: names, devDependencies: names, scripts: names })

/** @param text - a `package.json`. @returns every dependency, development's too, and its version as written. */
export function dependenciesOf(text: string): ReadonlyMap<string, string> {
  const { dependencies, devDependencies } = packageFile.parse(JSON.parse(text))
  return new Map([...Object.entries(dependencies), ...Object.entries(devDependencies)])
}

/** @param text - a `package.json`. @returns the names of its scripts. */
export function scriptsOf(text: string): ReadonlySet<string> {
  return new Set(Object.keys(packageFile.parse(JSON.parse(text)).scripts))
}
