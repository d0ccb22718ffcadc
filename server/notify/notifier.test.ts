import { beforeEach, describe, expect, it } from 'vitest'
import { NotifierWorld, until } from './notifier.fixture.ts'
import { channelTroubleRule } from './channel-trouble.ts'
import { replyCodeIn } from './links.ts'

let world: NotifierWorld
beforeEach(async () => {
  world = await NotifierWorld.open()
})

const told = (id: 'zalo' | 'sms' | 'mail', count: number) =>
  until(
    () => world.channel(id).sent,
    sent => sent.length >= count
  )
const statesOf = async (alarm = ''): Promise<readonly string[]> =>
  (await world.store.noticesOf(alarm)).map(({ channel, state }) => `${channel} ${state}`).sort()
const become = (alarm: string | undefined, states: readonly string[]) =>
  until(
    () => statesOf(alarm),
    now => JSON.stringify(now) === JSON.stringify(states)
  )
const noticeSteps = async (alarm = '') =>
  (await world.state.alarms.steps(alarm)).flatMap(({ body }) =>
    body.kind === 'notice' ? `${body.channel} ${body.outcome}` : []
  )

describe('the notifier', () => {
  it('says what, where, and how to answer, and writes what came of it into the history', async () => {
    await world.addContact(['sms'])
    const [alarm] = await world.raise()
    const [notice] = await told('sms', 1)
    expect(notice).toMatchObject({
      thread: alarm,
      recipient: { phone: '+84912345678', name: 'An' },
      facts: { about: 'raised', place: 'Cầu Rồng, Nam Đàn', subject: 'Trạm 1', isStillTrue: true, severity: 'critical' }
    })
    expect(notice?.facts.link).toMatch(/^https:\/\/sen\.example\.vn\/a\/[\w-]{22}$/)
    await become(alarm, ['sms sent'])
    await world.notifier.report('sms', [{ reference: 'r1', state: 'reached', detail: 'delivered' }])
    await become(alarm, ['sms reached'])
    expect(
      await until(
        () => noticeSteps(alarm),
        steps => steps.length === 2
      )
    ).toEqual(['sms sent', 'sms reached'])
  })

  it('goes on with the next channel when one refuses or hangs', async () => {
    world.channel('zalo').answer = () => ({ ok: false, refusal: 'recipient', detail: '-118 no account' })
    world.channel('sms').answer = () => 'hang'
    const id = await world.addContact(['zalo', 'sms', 'mail'])
    const [alarm] = await world.raise()
    await told('sms', 1)
    expect(await world.store.badContacts(0)).toEqual([`${id} zalo`])
    await become(alarm, ['sms waiting', 'zalo refused'])
    world.pass(15_000)
    await told('mail', 1)
    await become(alarm, ['mail sent', 'sms waiting', 'zalo refused'])
  })

  it('tries again under the same key, after a restart too', async () => {
    world.channel('sms').answer = () => ({ ok: false, refusal: 'unavailable', detail: '503' })
    await world.addContact(['sms'])
    const [alarm] = await world.raise()
    await told('sms', 1)
    await until(
      () => world.store.noticesOf(alarm ?? ''),
      ([one]) => one?.attempts === 1
    )
    world.channel('sms').answer = () => 'hang'
    world.pass(10_000)
    await told('sms', 2)
    world.channel('sms').answer = () => ({ ok: true })
    await world.restart()
    world.pass(1)
    const sent = await told('sms', 3)
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1)
    await become(alarm, ['sms sent'])
  })

  it('stops when somebody acknowledges, and tells those who were told that it is over', async () => {
    await world.addContact(['zalo', 'sms'])
    const [alarm = ''] = await world.raise()
    await told('zalo', 1)
    await world.state.alarms.act(
      alarm,
      { kind: 'acknowledged', by: 'console' },
      { id: 'person:9', name: 'Bình', address: '' }
    )
    world.pass(3_600_000)
    const found = await world.alarm(alarm)
    const { rule, version, subject } = found ?? { rule: '', version: 1, subject: { kind: 'device', id: '' } as const }
    const more = { at: world.time.now, foundAt: world.time.now, position: 99, readings: [], isRetrospective: false }
    await become(alarm, ['zalo sent'])
    await world.state.alarms.take(
      [{ change: { kind: 'cleared', alarm, rule, version, subject, ...more }, names: found as never }],
      [],
      undefined
    )
    world.notifier.poke()
    const sent = await told('zalo', 2)
    expect(sent.map(({ facts }) => facts.about)).toEqual(['raised', 'cleared'])
    expect(sent[1]?.facts.link).toBeUndefined()
    expect(world.channel('sms').sent).toEqual([])
  })

  it('tells a storm together, and every alarm of it once by key', async () => {
    await world.addContact(['sms'])
    const ids = await world.raise('critical', 130)
    await until(
      () => {
        world.pass(100)
        return world.store.counts()
      },
      ({ waiting, sent }) => waiting === 0 && sent > 130
    )
    const rows = await Promise.all(ids.map(id => world.store.noticesOf(id)))
    expect(rows.map(notices => notices.length)).toEqual(Array(130).fill(1))
    const { sent } = world.channel('sms')
    expect(sent.length).toBeLessThan(20)
    expect(new Set(sent.map(({ key }) => key)).size).toBe(sent.length)
    expect(sent.flatMap(({ facts }) => [facts.alarm, ...(facts.others ?? [])])).toHaveLength(130)
  })

  it('answers from the message: by link for all that it tells of, by code from the number it went to', async () => {
    await world.addContact(['sms'], { mostSingle: 1 })
    const ids = await world.raise('critical', 3)
    const sent = await told('sms', 2)
    const group = sent.find(({ facts }) => facts.others !== undefined)
    const single = sent.find(({ facts }) => facts.others === undefined)
    await until(
      () => world.store.counts(),
      ({ sent: count }) => count === 4
    )
    const behind = await world.notifier.answers.behind(group?.facts.link?.split('/a/')[1] ?? '')
    expect(behind?.alarms).toHaveLength(2)
    if (behind) await world.notifier.answers.acknowledge(behind, 'link', '10.0.0.1')
    expect(await world.reply(`ok ${single?.facts.replyCode?.toLowerCase()}`, '+84900000000')).toBe(false)
    expect(await world.reply(`Ok, ${single?.facts.replyCode?.toLowerCase()} nhé`)).toBe(true)
    const alarms = await Promise.all(ids.map(id => world.alarm(id)))
    expect(alarms.map(alarm => alarm?.state)).toEqual(Array(3).fill('acknowledged'))
    expect((await world.store.counts()).reached).toBe(4)
    expect(await world.notifier.answers.behind('nobody-gave-this')).toBeUndefined()
  })

  it('raises an alarm when a channel itself is at fault, and clears it when it works', async () => {
    world.channel('sms').answer = () => ({ ok: false, refusal: 'channel', detail: '103 balance' })
    await world.addContact(['sms', 'mail'])
    await world.raise()
    const open = () => world.state.alarms.alarms({ limit: 10, rule: channelTroubleRule })
    const [trouble] = await until(open, alarms => alarms.length === 1)
    expect(trouble).toMatchObject({ subject: { kind: 'channel', id: 'sms' }, severity: 'high', level: 1 })
    expect(trouble?.advice?.vi).toContain('103 balance')
    world.channel('sms').answer = () => ({ ok: true })
    await world.raise()
    await until(open, ([alarm]) => alarm?.level === 0)
  })

  it('says that nobody can be told', async () => {
    await world.raise()
    const isSaid = () => world.health.warnings.some(({ reason }) => reason === 'alarm-tells-nobody')
    expect(await until(isSaid, said => said)).toBe(true)
  })

  it('tries everybody’s ways on Mondays at nine, once', async () => {
    const id = await world.addContact(['zalo', 'sms'])
    await world.addContact(['mail'], { isTested: false })
    world.time.now = Date.parse('2026-12-07T01:59:00Z')
    await world.notifier.tests.look()
    world.time.now = Date.parse('2026-12-07T02:00:00Z')
    await world.notifier.tests.look()
    await world.notifier.tests.look()
    world.notifier.poke()
    await told('sms', 1)
    const [test] = await told('zalo', 1)
    expect(test?.facts).toMatchObject({ about: 'test', severity: 'medium' })
    const notices = await until(
      () => world.store.noticesOf(`test~${id}~2026-12-07`),
      all => all.every(one => one.state === 'sent')
    )
    expect(notices).toHaveLength(2)
    expect(world.channel('mail').sent).toEqual([])
    const behind = await world.notifier.answers.behind(test?.facts.link?.split('/a/')[1] ?? '')
    if (behind) await world.notifier.answers.acknowledge(behind, 'link', '')
    expect((await world.store.noticesOf(`test~${id}~2026-12-07`)).every(({ state }) => state === 'reached')).toBe(true)
  })
})

it.each([
  ['OK 4F7K', '4F7K'],
  ['ok4f7k', '4F7K'],
  ['Ok: 4fok nhé', '4F0K'],
  ['  "OK" 1l7k', '117K'],
  ['OK', undefined],
  ['BOOK 4F7K', undefined],
  ['OK 4F7KX', undefined]
])('reads the reply %j as %j', (text, code) => {
  expect(replyCodeIn(text)).toBe(code)
})
