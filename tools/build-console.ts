import { resolve } from 'node:path'

/*
 * Builds the console into dashboards/console/dist; npm runs it after `npm ci` (script "prepare").
 * Where development packages are left out (`npm ci --omit=dev`) there is nothing to build with: it says so and does not fail,
 * so that an image may copy a `dist` built elsewhere.
 */
const vite = await import('vite').catch((error: unknown) => {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined
  throw error
})

if (vite === undefined) {
  console.log('Console not built: vite is not installed (development packages are left out)')
} else {
  const root = resolve(import.meta.dirname, '../dashboards/console')
  await vite.build({ root, configFile: resolve(root, 'vite.config.ts'), logLevel: 'warn' })
}
