import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { KeyFile } from '../server/auth/key-file.ts'
import { passwordHash } from '../server/auth/passwords.ts'
import { systemAuthor } from '../model/audit.ts'
import { systemClock } from '../model/clock.ts'
import { silentLog } from '../model/log.ts'
import { SqliteStateStore } from '../storage/state/sqlite/sqlite-state-store.ts'
import type { Figure, Run, Subject } from './figure.ts'
import { logIn } from './guesser-process.ts'
import type { GuessAnswers, GuessPlan } from './guesser-process.ts'
import { loadRun, warmUp } from './load-run.ts'
import { median } from './quantile.ts'
import { SenServer } from './sen-server.ts'

const accounts = 18_000
/** Requests of the one who guesses that are under way at a time. */
const guessing = 128
const logins = 20
const rate = 500
const secret = 'Đồng lúa xanh 2026!'
/** What a trusted proxy says: every word of it is believed, so that one machine looks like many. */
const environment = { SEN_TRUST_PROXY: '127.0.0.1' }

/** As many accounts as the province has officials and farmers in its first year; and somebody who guesses passwords. */
export const people: Subject = {
  name: 'people',
  about: `${accounts} accounts: lists and logins; wrong passwords beside publishers`,
  measure: async run => {
    const server = await SenServer.forFarm(environment)
    try {
      await server.restartAfter(folder => fill(folder, run))
      return [...(await lists(server)), ...(await loginTimes(server)), ...(await beside(server, run))]
    } finally {
      await server.remove()
    }
  }
}

/** Makes the accounts, in a state that nobody has open. */
async function fill(folder: string, run: Run): Promise<void> {
  const { auditKey } = KeyFile.open(join(folder, 'key'))
  const file = join(folder, 'state.sqlite')
  const store = new SqliteStateStore({ file, clock: systemClock, log: silentLog, auditKey })
  await store.start()
  const hash = await passwordHash(secret)
  const began = performance.now()
  for (let i = 0; i < accounts; i++) {
    const person = {
      name: `${names[i % names.length]} ${i}`,
      login: `person-${i}`,
      phone: `+8490${String(i).padStart(7, '0')}`,
      email: undefined,
      kind: 'operational',
      organisation: 'root',
      state: 'active',
      grants: [{ role: 'viewer', organisation: 'root' }]
    } as const
    const at = Date.now()
    const what = { object: '', organisation: 'root', outcome: 'done', detail: '', count: 1 } as const
    const id = await store.people.addPerson(person, at, { at, author: systemAuthor, action: 'person.add', ...what })
    if (i < logins) {
      const entry = { at, author: systemAuthor, action: 'person.password', ...what }
      await store.people.setPassword(id, hash, at, 10, entry)
    }
  }
  run.tell(`${accounts} accounts made in ${((performance.now() - began) / 1000).toFixed(0)} s`)
  await store.stop()
}

const names = ['Nguyễn Thị Lan', 'Trần Văn Sen', 'Lê Đức Đào', 'Phạm Thị Bưởi', 'Hồ Văn Lúa']

async function lists(server: SenServer): Promise<readonly Figure[]> {
  const timed = async (path: string): Promise<number> => {
    const took: number[] = []
    for (let i = 0; i < 20; i++) {
      const began = performance.now()
      await server.get(path)
      took.push(performance.now() - began)
    }
    return median(took)
  }
  return [
    { what: `first page of ${accounts} people, median`, value: await timed('/people?limit=50'), unit: 'ms' },
    {
      what: 'a name found among them, without accents',
      value: await timed('/people?query=le%20duc%20dao%201777'),
      unit: 'ms'
    },
    { what: 'the newest 100 lines of the audit log', value: await timed('/audit?limit=100'), unit: 'ms' },
    { what: 'the whole audit log followed and found unchanged', value: await timed('/audit/verdict'), unit: 'ms' }
  ]
}

async function loginTimes(server: SenServer): Promise<readonly Figure[]> {
  const took: number[] = []
  for (let i = 0; i < logins; i++) {
    const began = performance.now()
    const attempt = { login: `person-${i}`, password: secret, address: `198.51.100.${i}` }
    const status = await logIn(server.process.ready.http, attempt)
    if (status !== 200) throw new Error(`log in person-${i}: ${status}`)
    took.push(performance.now() - began)
  }
  return [{ what: 'a login by password (argon2id, 19 MiB), median', value: median(took), unit: 'ms' }]
}

/** Publishers alone, and beside somebody who guesses at many names from many addresses. */
async function beside(server: SenServer, run: Run): Promise<readonly Figure[]> {
  await warmUp(server)
  const alone = await measuredThrice(server, run, 5)
  const began = performance.now()
  const guess = guessAll(server.process.ready.http, run.guesses)
  const during = await measuredThrice(server, run, 15)
  const statuses = new Map(await guess)
  const seconds = (performance.now() - began) / 1000
  const [aloneMs, besideMs] = [alone.p99Ms, during.p99Ms]
  const problem =
    alone.problem ?? during.problem ?? (statuses.has(200) ? 'a wrong password let somebody in' : undefined)
  const answers = [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ')
  run.tell(`${run.guesses} wrong passwords in ${seconds.toFixed(0)} s: ${answers}`)
  return [
    {
      what: `PUBACK p99 beside ${run.guesses} wrong passwords ÷ without`,
      value: besideMs / aloneMs,
      unit: '×',
      bar: { bar: 2, stretch: 1.2, isBetter: 'smaller' },
      note: `${besideMs.toFixed(1)} ÷ ${aloneMs.toFixed(1)} ms at ${rate} messages/s; ${answers} in ${seconds.toFixed(0)} s`,
      ...(problem !== undefined && { problem })
    }
  ]
}

/** @returns the median of three runs' p99: in one of them the log may just be compressed. */
async function measuredThrice(server: SenServer, run: Run, seed: number) {
  const results = []
  for (let i = 0; i < 3; i++) results.push(await loadRun(server, { rate, seconds: run.seconds, seed: seed + i }))
  const p99Ms = median(results.map(({ summary }) => summary.latencyMs.p99))
  return { p99Ms, problem: results.find(({ problem }) => problem !== undefined)?.problem }
}

/** @returns how often each status was answered. */
async function guessAll(url: string, guesses: number): Promise<GuessAnswers> {
  const child = fork(fileURLToPath(new URL('./guesser-process.ts', import.meta.url)), { execArgv: [] })
  try {
    const plan: GuessPlan = { url, guesses, atOnce: guessing, accounts }
    child.send(plan)
    const [answers] = (await once(child, 'message')) as [GuessAnswers]
    return answers
  } finally {
    child.kill()
  }
}
