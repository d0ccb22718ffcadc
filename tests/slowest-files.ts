import type { Reporter, TestModule } from 'vitest/node'

const shown = 10

/** Ends a test run with the files that took longest, so that what grows slow is seen. */
export class SlowestFiles implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const timed = modules.map(module => ({ file: module.relativeModuleId, ms: durationOf(module) }))
    const slowest = timed.toSorted((a, b) => b.ms - a.ms).slice(0, shown)
    if (modules.length <= shown) return
    const lines = slowest.map(({ file, ms }) => `${(ms / 1000).toFixed(1).padStart(8)} s  ${file}`)
    process.stdout.write(`\n Slowest files\n${lines.join('\n')}\n\n`)
  }
}

function durationOf(module: TestModule): number {
  const { duration, setupDuration, collectDuration } = module.diagnostic()
  return duration + setupDuration + collectDuration
}
