import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../../model/clock.ts'
import { silentLog } from '../../../model/log.ts'
import { kindOf } from '../../../model/registry.ts'
import type { RegistryChange } from '../../../model/registry.ts'
import { RegistrySnapshot } from '../../../model/registry-snapshot.ts'
import { raisedAt, exampleNames, clearedAt } from '../../../alarms/lifecycle/alarm-examples.ts'
import { alarmContract } from '../alarm-contract.ts'
import type { WrittenStep } from '../alarm-store.ts'
import { healthContract } from '../health-contract.ts'
import { migrate } from '../migrate.ts'
import { noticeContract } from '../notice-contract.ts'
import { onboardingContract } from '../onboarding-contract.ts'
import { peopleContract } from '../people-contract.ts'
import { stateMigrations } from '../migrations/state-migrations.ts'
import { stateStoreContract, type StateHarness } from '../state-store-contract.ts'
import type { StateTables } from '../tables.ts'
import { NodeSqliteDialect } from './node-sqlite-dialect.ts'
import { SqliteStateStore } from './sqlite-state-store.ts'

const root: RegistryChange = { kind: 'organisation', organisation: { id: 'root', name: 'Nghệ An' } }

const auditKey = Buffer.alloc(32, 1)

function storeOn(file: string): SqliteStateStore {
  return new SqliteStateStore({ file, clock: systemClock, log: silentLog, auditKey })
}

function onFile(): StateHarness {
  const folder = mkdtempSync(join(tmpdir(), 'sen-state-'))
  return {
    open: () => storeOn(join(folder, 'state.db')),
    remove: () => rm(folder, { recursive: true, force: true })
  }
}

stateStoreContract('SqliteStateStore', onFile)

describe('SqlitePeopleStore', () => {
  let folder: string
  let store: SqliteStateStore
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sen-state-'))
    store = storeOn(join(folder, 'state.db'))
    await store.start()
  })
  afterEach(async () => {
    await store.stop()
    await rm(folder, { recursive: true, force: true })
  })
  peopleContract(
    () => store.people,
    async () => {
      await store.stop()
      store = storeOn(join(folder, 'state.db'))
      await store.start()
    }
  )

  test.each([
    [
      'a changed line',
      "drop trigger audit_unchanged; update audit set detail = 'x' where id = 2",
      /line 2 is not what/
    ],
    ['a missing line', 'delete from audit where id = 2', /lines 2 to 2 are missing/],
    ['a cut end', 'delete from audit where id > 2', /ends with line 2; line 3 was written last/],
    ['a cut end and its mark', 'delete from audit where id > 2; update audit_end set id = 2', /mark of the last line/],
    ['a cut beginning', 'delete from audit where id < 3', /lines 1 to 2 are missing/],
    ['nothing left', 'delete from audit; delete from audit_end', /mark of the first line/]
  ])('finds in the audit log %s', async (_, damage, fault) => {
    const entry = {
      author: { id: 'local', name: '', address: '' },
      action: 'x',
      object: '',
      organisation: 'root'
    } as const
    for (let at = 0; at < 3; at++)
      await store.people.audit([{ ...entry, at, outcome: 'done', detail: `line ${at}`, count: 1 }])
    await store.stop()
    edit(join(folder, 'state.db'), damage)
    store = storeOn(join(folder, 'state.db'))
    await store.start()
    const { faults } = await store.people.verifyAudit()
    expect(faults.join('\n')).toMatch(fault)
  })

  test('lets no statement change a line of the audit log', async () => {
    await store.people.audit([
      {
        at: 1,
        author: { id: 'local', name: '', address: '' },
        action: 'x',
        object: '',
        organisation: 'root',
        outcome: 'done',
        detail: '',
        count: 1
      }
    ])
    await store.stop()
    expect(() => {
      edit(join(folder, 'state.db'), "update audit set detail = 'x'")
    }).toThrow('a line of the audit log is never changed')
    await store.start()
  })
})

describe('SqliteStateStore beside the state', () => {
  let store: SqliteStateStore
  let told: WrittenStep[]
  const time = { at: 0 }
  beforeEach(async () => {
    time.at = Date.UTC(2026, 10, 30)
    told = []
    const clock = { now: () => time.at, monotonic: () => time.at }
    store = new SqliteStateStore({ file: ':memory:', clock, log: silentLog, auditKey })
    await store.start()
    store.alarms.onSteps(written => told.push(...written))
  })
  afterEach(() => store.stop())
  alarmContract(() => ({ alarms: store.alarms, people: store.people, clock: time, told }))
  onboardingContract(() => ({ onboarding: store.onboarding, state: store }))
  healthContract(() => store.health)
  noticeContract(() => ({ notices: store.notices, people: store.people }))
})

describe('alarms in an SQLite file', () => {
  test.each([
    [
      'a changed step',
      "drop trigger alarm_step_unchanged; update alarm_step set body = replace(body, '5.4', '4.5') where step = 1",
      /step 1 \(raised\) is not what was written/
    ],
    ['a missing step', 'delete from alarm_step where step = 1', /steps 1 to 1 are missing[^]*1 of them are missing/],
    ['a cut end', 'delete from alarm_step where step = 2', /ends with step 1; step 2 was written last/],
    [
      'changed evidence',
      "update alarm_evidence set body = replace(body, 'e30=', 'e31=')",
      /the evidence of step 1 is not what/
    ],
    ['missing evidence', 'delete from alarm_evidence', /the evidence of step 1 is missing/],
    ['a missing alarm', 'delete from alarm; delete from alarm_step', /2 steps were written; 2 of them are missing/]
  ])('are checked, and %s is found', async (_, damage, fault) => {
    const folder = await mkdtemp(join(tmpdir(), 'sen-state-'))
    try {
      const file = join(folder, 'state.db')
      const before = storeOn(file)
      await before.start()
      const message = { position: 1, door: 'mqtt', topic: 't', receivedAt: 1, sizeBytes: 2, payload: 'e30=' }
      const evidence = { rule: undefined, profile: undefined, messages: [message] }
      const found = [raisedAt(1), clearedAt(2, 1)].map(change => ({ change, names: exampleNames, evidence }))
      await before.alarms.take(found, [], 2)
      await before.stop()
      edit(file, damage)
      const after = storeOn(file)
      await after.start()
      expect((await after.alarms.verify()).faults.join('\n')).toMatch(fault)
      await after.stop()
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})

describe('SqliteStateStore on its file', () => {
  let folder: string
  let file: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sen-state-'))
    file = join(folder, 'state.db')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  test('keeps nothing of a state in memory', async () => {
    const store = storeOn(':memory:')
    await store.start()
    await store.change([root], 0)
    expect(await store.pending()).toHaveLength(1)
    await store.stop()
    await store.start()
    expect(await store.pending()).toEqual([])
    await store.stop()
  })

  test('keeps its files from other users of the machine, also one that was open to them', async () => {
    await writeFile(file, '', { mode: 0o644 })
    const store = storeOn(file)
    await store.start()
    await store.change([root], 0)
    const modes = await Promise.all(
      (await readdir(folder)).map(async name => (await stat(join(folder, name))).mode & 0o777)
    )
    expect(modes.length).toBeGreaterThan(1)
    expect(new Set(modes)).toEqual(new Set([0o600]))
    await store.stop()
  })

  test('refuses a database of a newer version, names both versions, and leaves it as it was', async () => {
    const store = storeOn(file)
    await store.start()
    await store.change([root], 0)
    await store.stop()
    edit(file, "insert into kysely_migration (name, timestamp) values ('9000-more', '2027-01-01T00:00:00.000Z')")
    const before = await readFile(file)

    await expect(storeOn(file).start()).rejects.toMatchObject({
      code: 'SEN_STATE_FAILED',
      message: `open state ${file}: its version is 9000-more, this program knows ${Object.keys(stateMigrations).toSorted().at(-1)}`
    })
    expect((await readFile(file)).equals(before)).toBe(true)
  })

  test('refuses a file that is no database, and leaves it as it was', async () => {
    await writeFile(file, 'năm tấn lúa'.repeat(1_000))
    await expect(storeOn(file).start()).rejects.toMatchObject({ code: 'SEN_STATE_FAILED', message: /not a database/ })
    expect(await readFile(file, 'utf8')).toBe('năm tấn lúa'.repeat(1_000))
  })

  test('names the file when its folder is missing', async () => {
    const missing = join(folder, 'none', 'state.db')
    await expect(storeOn(missing).start()).rejects.toMatchObject({
      code: 'SEN_STATE_FAILED',
      message: /none\/state\.db: /
    })
  })

  test('keeps nothing of a migration that fails half-way, nor of those before it in the same start', async () => {
    const database = new DatabaseSync(file)
    const db = new Kysely<StateTables>({ dialect: new NodeSqliteDialect(database) })
    const failing = {
      up: async (trx: Kysely<StateTables>) => {
        await trx.schema.createTable('half').addColumn('id', 'integer').execute()
        throw new Error('power went out')
      }
    }
    await expect(migrate(db, { ...stateMigrations, '9000-fails': failing })).rejects.toThrow('power went out')
    const tables = database
      .prepare("select name from sqlite_schema where type = 'table' and name not like 'kysely%'")
      .all()
    expect(tables).toEqual([])
    expect(await migrate(db, stateMigrations)).toEqual(Object.keys(stateMigrations))
    expect(await migrate(db, stateMigrations)).toEqual([])
    await db.destroy()
  })

  test.each([
    ['text', "update registry_change set body = replace(body, 'Ngh', 'Ngg')"],
    ['position', 'update registry_change set position = position + 1']
  ])('says so when the %s of a registry change is not what was written', async (_, damage) => {
    const store = storeOn(file)
    await store.start()
    const [entry] = await store.change([root], 0)
    await store.appended([{ id: entry?.id ?? 0, position: 1 }])
    await store.stop()
    edit(file, damage)

    const damaged = storeOn(file)
    await damaged.start()
    await expect(damaged.registryAt(10)).rejects.toMatchObject({
      code: 'SEN_STATE_FAILED',
      message: /registry change 1 \(organisation:root\): checksum/
    })
    await damaged.stop()
  })

  test('reads a registry that was written before organisations had kinds, and goes on with it', async () => {
    const store = storeOn(file)
    await store.start()
    await store.stop()
    for (const row of oldRows) edit(file, `insert into registry_change values (${row})`)
    edit(file, "update sequence set last = 4 where name = 'registry_change'")

    await store.start()
    const { organisations, sites, devices } = new RegistrySnapshot(await store.registryAt(9))
    expect(organisations.get('xa-kim-lien')).toEqual({
      id: 'xa-kim-lien',
      name: 'UBND xã Kim Liên',
      parent: 'root',
      commune: '17971'
    })
    expect([...organisations.values()].map(kindOf)).toEqual(['province', 'other'])
    expect([sites.get('lang-sen')?.name, devices.size]).toEqual(['Đồng Làng Sen', 0])

    await store.change([{ kind: 'site-removed', id: 'lang-sen' }], 9)
    await store.change([{ kind: 'organisation-removed', id: 'xa-kim-lien' }], 9)
    expect((await store.pending()).map(({ id }) => id)).toEqual([5, 6])
    await store.stop()
  })

  test('waits for another program that writes to the same file', async () => {
    const store = storeOn(file)
    await store.start()
    await store.change([root], 0)
    const child = changeUntilKilled(file)
    await once(child, 'message')
    const made: number[] = []
    for (let round = 0; round < 20; round++) {
      const entries = await store.change([siteChange(`s-${round}`)], 0)
      made.push(...entries.map(entry => entry.id))
    }
    child.kill('SIGKILL')
    await once(child, 'exit')

    const pending = await store.pending()
    expect(pending.map(entry => entry.id)).toEqual(Array.from(pending, (_, index) => index + 1))
    expect(pending.filter(entry => entry.change.kind === 'site').map(entry => entry.id)).toEqual(made)
    expect(pending.length).toBeGreaterThan(21)
    await store.stop()
  })

  test('has every change that it confirmed after the program was killed', async () => {
    const child = changeUntilKilled(file)
    const confirmed: unknown[] = []
    child.on('message', id => {
      confirmed.push(id)
      if (confirmed.length === 60) child.kill('SIGKILL')
    })
    await once(child, 'exit')

    const store = storeOn(file)
    await store.start()
    const kept = (await store.pending()).map(entry => entry.id)
    expect(kept).toEqual(expect.arrayContaining(confirmed))
    expect(confirmed.length).toBeGreaterThanOrEqual(60)
    await store.stop()
  })
})

/** Rows of the first version: id, kind, thing, body, made at, after, position, checksum. */
const oldRows: readonly string[] = [
  `1, 'organisation', 'organisation:root', '{"kind":"organisation","organisation":{"id":"root","name":"Tỉnh Nghệ An"}}', 1764000000000, 0, 1, 2497073849`,
  `2, 'organisation', 'organisation:xa-kim-lien', '{"kind":"organisation","organisation":{"id":"xa-kim-lien","name":"UBND xã Kim Liên","parent":"root","commune":"17971"}}', 1764000000000, 0, 2, 1456551426`,
  `3, 'site', 'site:lang-sen', '{"kind":"site","site":{"id":"lang-sen","name":"Đồng Làng Sen","organisation":"xa-kim-lien","commune":"17971"}}', 1764000000000, 0, 3, 2509738658`,
  `4, 'device-removed', 'device:lua-01', '{"kind":"device-removed","id":"lua-01"}', 1764000000000, 0, 4, 3841303323`
]

function changeUntilKilled(file: string): ChildProcess {
  const program = join(import.meta.dirname, 'change-until-killed.ts')
  return fork(program, [file], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
}

function siteChange(id: string): RegistryChange {
  return { kind: 'site', site: { id, name: id, organisation: 'root' } }
}

function edit(file: string, sql: string): void {
  const database = new DatabaseSync(file)
  database.exec(sql)
  database.close()
}
