import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { SenProcess } from './sen-process.ts'

const program = fileURLToPath(new URL('../server/cli/main.ts', import.meta.url))

/** A gateway that takes everything. @returns what it was told, as it comes. */
async function gateway() {
  const told: string[] = []
  const waiting: (() => void)[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      told.push(body)
      for (const go of waiting.splice(0)) go()
      response.end('{"state":"ok"}')
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    told: async (count: number) => {
      while (told.length < count) await new Promise<void>(resolve => waiting.push(resolve))
      return told
    },
    stop: () => server.close()
  }
}

it('rings once when Sen is frozen, and once when it goes on', { timeout: 60_000 }, async () => {
  const sen = await SenProcess.create()
  await sen.start()
  const token = await sen.sen('token', '--role', 'viewer')
  const { port, told, stop } = await gateway()
  const file = join(sen.folder, 'watchdog.yaml')
  const request = { url: `http://127.0.0.1:${port}/sms`, body: '{"text":"{text}"}' }
  const way = {
    ...{ kind: 'http', to: { name: 'Trực', phone: '0912345678' } },
    settings: { medium: 'sms', address: 'phone', request }
  }
  // JSON is YAML.
  await writeFile(file, JSON.stringify({ reachable: ['127.0.0.1'], ways: [way] }))
  const args = ['watchdog', '--url', sen.ready.http, '--every', '1.5', '--notify', file]
  const dog = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, SEN_TOKEN: token },
    stdio: ['ignore', 'ignore', 'inherit']
  })
  try {
    process.kill(sen.ready.pid, 'SIGSTOP')
    expect((await told(1))[0]).toContain('Sen ngung')
    process.kill(sen.ready.pid, 'SIGCONT')
    const all = await told(2)
    expect(all[1]).toContain('Sen chay lai')
    expect(all).toHaveLength(2)
  } finally {
    process.kill(sen.ready.pid, 'SIGCONT')
    dog.kill()
    stop()
    await sen.remove()
  }
})
