import { expect, test } from 'vitest'
import { importViolations } from './import-rules.ts'
import { projectFiles } from './project-files.ts'

test('every import of the project keeps to the table of folders', () => {
  expect(importViolations(projectFiles())).toEqual([])
})

test('fails where there is nothing to check', () => {
  expect(() => importViolations([])).toThrow('no code found')
  expect(() => importViolations([{ path: 'docs/install.md', text: '' }])).toThrow('no code found')
})

const refused: readonly (readonly [path: string, text: string, rule: string])[] = [
  ['model/a.ts', `import { b } from '../journal/journal.ts'`, 'model imports nothing'],
  ['model/a.ts', `import { b } from '../devices/b.ts'`, 'model imports nothing'],
  ['journal/a.ts', `import type { B } from '../devices/b.ts'`, 'journal may import model, contracts;'],
  ['devices/a.ts', `export { b } from '../ingest/b.ts'`, 'devices may import model, contracts;'],
  ['ingest/decode/a.ts', `import { b } from '../../server/b.ts'`, 'ingest may import model, contracts, devices;'],
  ['ingest/decode/a.ts', `import { b } from '../../journal/file/b.ts'`, 'ingest may import'],
  [
    'ingest/decode/a.ts',
    `import { b } from '../../devices/codec/quickjs-runtime.ts'`,
    'an implementation of devices/codec'
  ],
  ['storage/series/a.ts', `import { b } from '../state/sqlite.ts'`, 'an implementation of storage/state'],
  ['simulators/a.ts', `const b = await import('../storage/series/b.ts')`, 'simulators may import'],
  ['server/api/a.ts', `import { b } from '../../storage/state/sqlite.ts'`, 'an implementation of storage/state'],
  ['server/api/a.ts', `import { b } from '../../journal/file/b.ts'`, 'an implementation of journal'],
  ['journal/a.ts', `new Worker(new URL('../server/b.ts', import.meta.url))`, 'journal may import'],
  [
    'dashboards/console/src/A.svelte',
    `<script lang="ts">import b from '../../../server/b.ts'</script>`,
    'dashboards may'
  ],
  ['devices/a.ts', `import b from '../../elsewhere/b.ts'`, 'outside the project'],
  ['devices/a.ts', `import b from '/opt/elsewhere/b.ts'`, 'outside the project'],
  ['novelty/a.ts', `import { b } from '../journal/file/b.ts'`, 'folder novelty is not in the table'],
  ['server/api/a.ts', `import { Aedes } from 'aedes'`, 'aedes belongs to ingest/broker and tests only'],
  ['ingest/broker/a.ts', `import mqtt from 'mqtt'`, 'mqtt belongs to ingest/connectors and simulators'],
  ['storage/series/a.ts', `import { x } from '@duckdb/node-api'`, '@duckdb/node-api belongs to storage/series/duckdb'],
  ['server/a.ts', `import { DatabaseSync } from 'node:sqlite'`, 'node:sqlite belongs to storage/state'],
  ['devices/a.ts', `import { Migrator } from 'kysely/migration'`, 'kysely belongs to storage/state'],
  ['ingest/decode/a.ts', `import Fastify from 'fastify'`, 'fastify belongs to server and ingest/http'],
  ['server/a.ts', `import { x } from 'quickjs-emscripten'`, 'quickjs-emscripten belongs to devices/codec'],
  ['server/a.ts', `import { mount } from 'svelte'`, 'svelte belongs to dashboards/console']
]

test.each(refused)('%s: refuses %s', (path, text, rule) => {
  const violations = importViolations([{ path, text }])

  expect(violations).toHaveLength(1)
  expect(violations[0]).toContain(`${path} imports `)
  expect(violations[0]).toContain(rule)
})

const allowed: readonly (readonly [path: string, text: string])[] = [
  ['model/a.ts', `import { z } from 'zod'; import { b } from './b.ts'`],
  [
    'ingest/decode/a.ts',
    `import type { Journal } from '../../journal/journal.ts'; import { b } from '../../devices/b.ts'`
  ],
  ['ingest/decode/a.ts', `import { b } from '../topics.ts'`],
  ['server/api/a.ts', `import { b } from '../../ingest/topics.ts'`],
  [
    'server/wire/a.ts',
    `import { b } from '../../storage/series/duckdb/b.ts'; import { c } from '../../ingest/broker/c.ts'`
  ],
  ['server/threads/store.ts', `import { b } from '../../storage/series/duckdb/b.ts'`],
  ['server/cli/simulate.ts', `import { b } from '../../simulators/b.ts'`],
  ['ingest/decode/a.test.ts', `import { b } from '../../journal/memory-journal.ts'; import mqtt from 'mqtt'`],
  ['journal/journal-contract.ts', `import { test } from 'vitest'`],
  ['bench/ingest.ts', `import { b } from '../journal/file/b.ts'`],
  ['dashboards/console/src/A.svelte', `<script lang="ts">import { mount } from 'svelte'</script>`],
  ['devices/profiles/x/codec.js', `require('../../../server/b.ts')`],
  ['journal/a.ts', `// import { b } from '../server/b.ts'`]
]

test.each(allowed)('%s: allows %s', (path, text) => {
  const code = { path: 'model/code.ts', text: '' }

  expect(importViolations([code, { path, text }])).toEqual([])
})
