import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { Duplex } from 'node:stream'
import { afterEach, expect, it } from 'vitest'
import { never, testNotice, testTools } from '../channel.fixture.ts'
import { ReachableAddresses } from '../outgoing/reachable-addresses.ts'
import { GsmModemChannel } from './gsm-modem-channel.ts'
import { TestModem } from './modem.fixture.ts'
import { modemLine } from './modem-line.ts'
import { gsmModemSettings } from './settings.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** Passes on between a pseudo-terminal and its own input and output. */
const bridge = `
import os, pty, select, sys
master, slave = pty.openpty()
os.write(1, (os.ttyname(slave) + "\\n").encode())
while True:
    ready, _, _ = select.select([master, 0], [], [])
    if master in ready: os.write(1, os.read(master, 4096))
    if 0 in ready:
        data = os.read(0, 4096)
        if not data: break
        os.write(master, data)
`
const interpreter = ['/usr/bin/python3', '/usr/local/bin/python3'].find(path => existsSync(path))

it.skipIf(interpreter === undefined)('leaves through a terminal, as a modem at a serial port is one', async () => {
  const python = spawn(interpreter ?? '', ['-u', '-c', bridge])
  closers.push(async () => {
    python.stdin.end()
    await once(python, 'exit')
  })
  const [name] = await once(python.stdout, 'data')
  const modem = new TestModem()
  modem.attach(Duplex.from({ readable: python.stdout, writable: python.stdin }))
  const channel = new GsmModemChannel({
    ...{ settings: gsmModemSettings.parse({ port: '/dev/ttyUSB0' }), secrets: {}, tools: testTools() },
    open: () => modemLine({ port: String(name).trim(), speed: 115_200, reachable: new ReachableAddresses([]) })
  })
  closers.unshift(() => channel.stop())

  expect(await channel.send(testNotice(), never)).toMatchObject({ ok: true, detail: '+CMGS 41' })
  expect(modem.pdus).toHaveLength(1)
})
