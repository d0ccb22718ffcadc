import { defineConfig } from 'vitest/config'
import { SlowestFiles } from './tests/slowest-files.ts'

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', 'dashboards/console/dist/**'],
    reporters: ['default', new SlowestFiles()],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: 'forks',
    env: { UV_THREADPOOL_SIZE: '16' }
  }
})
