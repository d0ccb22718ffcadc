import { describe, expect, it } from 'vitest'
import { planOf } from './plan.ts'
import { late, morning, pastOf, person, rosterOf, run, situationOf } from './situation.fixture.ts'
import type { Answers, History, Run } from './situation.fixture.ts'

const [s, min, h] = [1000, 60_000, 3_600_000]
const ways = ['zalo', 'sms', 'mail']
const an = person(1, ways)
const binh = person(2, ways)
const chain = [
  { chain: [{ recipients: ['person:1'] }, { recipients: ['person:2'] }], timing: { critical: { rounds: 1 } } }
]
const both = rosterOf([an, binh], chain)
const raised: History = [[morning, { kind: 'raised' }]]
const raisedAt = (at: number): History => [[at, { kind: 'raised' }]]

const refuses: Answers = () => ({ state: 'refused', afterMs: 0 })
const hangs: Answers = () => ({ state: 'waiting', afterMs: 0 })
const takes: Answers = () => ({ state: 'sent', afterMs: 0 })
const delivers: Answers = () => ({ state: 'reached', afterMs: 5 * s })

/** `+15 s person:1 sms`, from when it was raised. */
function linesOf({ told }: Run, from: number): readonly string[] {
  return told.map(({ at, notice }) => `${(at - from) / s} ${notice.recipient.slice(7)} ${notice.channel}`)
}

describe('escalation of what is critical', () => {
  it.each([
    [
      'refused: the next channel at once',
      refuses,
      ['0 1 zalo', '0 1 sms', '0 1 mail', '0 2 zalo', '0 2 sms', '0 2 mail']
    ],
    [
      'unanswered: the next after 15 s',
      hangs,
      ['0 1 zalo', '15 1 sms', '30 1 mail', '45 2 zalo', '60 2 sms', '75 2 mail']
    ],
    [
      'taken and not reported: the next after two minutes',
      takes,
      ['0 1 zalo', '120 1 sms', '240 1 mail', '360 2 zalo', '480 2 sms', '600 2 mail']
    ],
    ['reached and not acknowledged: the next person', delivers, ['0 1 zalo', '305 2 zalo']]
  ])('%s', (_, answers, expected) => {
    expect(linesOf(run(raised, both, { answers, until: morning + h }), morning)).toEqual(expected)
  })

  it('rings first at night: SMS and calls before what is silent', () => {
    const told = run(raisedAt(late), both, { answers: refuses, until: late + h })
    expect(linesOf(told, late).slice(0, 3)).toEqual(['0 1 sms', '0 1 zalo', '0 1 mail'])
  })

  it('tells the whole chain again if nobody acknowledges', () => {
    const again = rosterOf([an], [{ chain: [{ recipients: ['person:1'] }], timing: { critical: { rounds: 2 } } }])
    const { told } = run(raised, again, { answers: delivers, until: morning + 2 * h })
    expect(told.map(({ notice }) => notice.about)).toEqual(['raised', 'reminder'])
    expect(new Set(told.map(({ notice }) => notice.key)).size).toBe(2)
  })

  it('breaks quiet hours; what is less does not, and is told when they end if it still holds', () => {
    const quiet = { quiet: { from: '22:00', to: '06:00' } }
    const asleep = rosterOf([person(1, ['sms'], quiet)])
    const from = (severity: 'critical' | 'high', more: History = []) =>
      run([...raisedAt(late), ...more], asleep, { answers: delivers, until: late + 12 * h, severity })
    expect(linesOf(from('critical'), late)[0]).toBe('0 1 sms')
    expect(linesOf(from('high'), late)[0]).toBe(`${7 * 3600} 1 sms`)
    expect(from('high', [[late + h, { kind: 'cleared' }]]).told).toEqual([])
  })

  it.each(['acknowledged', 'cleared', 'withdrawn', 'suppressed', 'closed'])(
    'stops what is pending when it is %s',
    kind => {
      const until = morning + h
      const { told, plans } = run([...raised, [morning + 20 * s, { kind }]], both, { answers: hangs, until })
      expect(told.map(({ notice }) => notice.channel)).toEqual(['zalo', 'sms'])
      expect(plans.at(-1)?.lookAgainAt).toBeUndefined()
    }
  )

  it('goes on when shelving has run out', () => {
    const until = morning + 3 * h
    const shelved: History = [...raised, [morning + s, { kind: 'shelved', until: morning + h }]]
    expect(linesOf(run(shelved, both, { answers: delivers, until }), morning)).toEqual(['0 1 zalo', '3600 2 zalo'])
  })

  it('begins again when it becomes worse, though the lesser level was acknowledged', () => {
    const history: History = [
      ...raised,
      [morning + min, { kind: 'acknowledged' }],
      [morning + h, { kind: 'level', level: 2 }]
    ]
    const { told } = run(history, both, { answers: delivers, until: morning + h + min })
    expect(told.map(({ notice }) => [notice.about, notice.recipient])).toEqual([
      ['raised', 'person:1'],
      ['worse', 'person:1']
    ])
  })
})

describe('news', () => {
  it('tells those who were told that it is over, once, by the channel that reached them', () => {
    const answers: Answers = ({ channel }) => ({ state: channel === 'zalo' ? 'refused' : 'reached', afterMs: s })
    const history: History = [...raised, [morning + 10 * min, { kind: 'cleared' }]]
    const { told } = run(history, rosterOf([an, binh], [{ ...chain[0], chain: [{ recipients: ['person:1'] }] }]), {
      ...{ answers, until: morning + h }
    })
    expect(told.map(({ notice }) => `${notice.about} ${notice.channel}`)).toEqual([
      'raised zalo',
      'raised sms',
      'cleared sms'
    ])
  })

  it('tells nobody that something is over of which nobody was told', () => {
    const history: History = [...raised, [morning + s, { kind: 'cleared' }]]
    expect(run(history, both, { answers: refuses, until: morning + h }).told.at(-1)?.notice.about).toBe('raised')
  })

  it('rings for what data of the past show only if it still holds', () => {
    const past = situationOf(raised, 'critical', { isRetrospective: true, level: 0 })
    expect(planOf(past, both, morning).notices).toEqual([])
    const holds = situationOf(raised, 'critical', { isRetrospective: true })
    expect(planOf(holds, both, morning).notices).toHaveLength(1)
  })
})

describe('who is told', () => {
  it('is those whose scope fits, from the alarm’s own organisation upwards, where no policy says it', () => {
    const roster = rosterOf([
      person(1, ways, { organisation: 'root' }),
      person(2, ways, { scope: { sites: ['cau-rong'] } }),
      person(3, ways, { scope: { sites: ['noi-khac'] } }),
      person(4, ways, { organisation: 'thanh-chuong' }),
      person(5, ways, { scope: { minimum: 'high' } }),
      person(6, ways, { scope: { tags: ['luu-vuc-lam'] } })
    ])
    const stages = run(raised, roster, { answers: delivers, until: morning + 6 * min })
    expect(linesOf(stages, morning)).toEqual(['0 2 zalo', '0 5 zalo', '0 6 zalo', '305 1 zalo'])
    const medium = planOf(situationOf(raised, 'medium'), roster, morning)
    expect(medium.notices.map(({ recipient }) => recipient)).toEqual(['person:2', 'person:6'])
  })

  it('follows the rota: weeks from Monday 07:00, swaps above turns', () => {
    const begins = Date.parse('2026-11-30T00:00:00Z')
    const turns = [['person:1'], ['person:2']]
    const rota = { id: 'truc', organisation: 'root', name: 'Trực', begins, turnHours: 168, turns, swaps: [] }
    const policies = [{ chain: [{ rota: 'truc' }] }]
    const who = (
      at: number,
      swaps: (typeof rota)['swaps'] | { from: number; to: number; recipients: string[] }[] = []
    ) =>
      planOf(
        situationOf(raisedAt(at)),
        rosterOf([an, binh], policies, { rotas: new Map([['truc', { ...rota, swaps }]]) }),
        at
      ).notices.map(({ recipient }) => recipient)
    expect(who(morning)).toEqual(['person:1'])
    expect(who(begins + 168 * h)).toEqual(['person:2'])
    expect(who(begins + 336 * h - 1)).toEqual(['person:2'])
    expect(who(morning, [{ from: begins, to: begins + 24 * h, recipients: ['person:2'] }])).toEqual(['person:2'])
  })

  it('is said to be nobody where there is nobody', () => {
    expect(planOf(situationOf(raised), rosterOf([]), morning)).toMatchObject({ isUntold: true, notices: [] })
    expect(planOf(situationOf(raised), rosterOf([person(1, ['gone'])]), morning).isUntold).toBe(true)
  })

  it('tries a number last that was wrong lately', () => {
    const plan = planOf(situationOf(raised), rosterOf([an], [], { bad: new Set(['person:1 zalo']) }), morning)
    expect(plan.notices[0]?.channel).toBe('sms')
  })

  it('tells what is low once, with the digest of the day, by what does not ring', () => {
    const low = rosterOf([person(1, ['sms', 'mail'], { digestAt: '07:00' }), binh], chain)
    const { told } = run(raised, low, { answers: takes, until: morning + 96 * h, severity: 'low' })
    expect(told[0]?.notice).toMatchObject({ channel: 'mail', about: 'digest', held: 'digest' })
    expect(told[0]?.at).toBe(Date.parse('2026-12-01T00:00:00Z'))
    expect(told.some(({ notice }) => notice.recipient === 'person:2')).toBe(false)
  })
})

it('plans nothing twice: the same situation with its plan applied asks for nothing more', () => {
  const first = planOf(situationOf(raised), both, morning)
  const applied = first.notices.map(notice => pastOf(notice, 'waiting', morning))
  expect(planOf(situationOf(raised, 'critical', {}, applied), both, morning).notices).toEqual([])
})
