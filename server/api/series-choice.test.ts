import { describe, expect, it } from 'vitest'
import { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import { RoleBook } from '../auth/roles.ts'
import type { Actor } from '../auth/authorise.ts'
import { SeriesCatalogue } from '../series-catalogue.ts'
import type { Services } from '../services.ts'
import { chosenSeries } from './series-choice.ts'
import type { SeriesChoice } from './series-choice.ts'

const organisation = (id: string, parent?: string) =>
  ({ kind: 'organisation', organisation: { id, name: id, ...(parent !== undefined && { parent }) } }) as const
const site = (id: string, owner: string, commune?: string) =>
  ({ kind: 'site', site: { id, name: id, organisation: owner, ...(commune !== undefined && { commune }) } }) as const
const device = (id: string, at: string) =>
  ({ kind: 'device', device: { id, name: id, site: at, profile: 'json-weather' } }) as const

/*
 * root ─┬─ xa-1 ── htx    sites: tinh (root), ruong (xa-1), ao (htx), cho (xa-2); device d-<site> at each, and
 *       └─ xa-2           `moved`, which was the province's and stands at ruong now, and in between belonged to
 *                         `xa-gone`, which was removed: what it measured then is the province's. The site `trong` has no device.
 */
const registry = new RegistrySnapshot([
  organisation('root'),
  organisation('xa-1', 'root'),
  organisation('htx', 'xa-1'),
  organisation('xa-2', 'root'),
  ...[site('tinh', 'root'), site('ruong', 'xa-1', '17971'), site('ao', 'htx', '17935'), site('cho', 'xa-2', '17971')],
  site('trong', 'xa-1'),
  { kind: 'place-group', placeGroup: { id: 'nam-dan', name: 'Nam Đàn', communes: ['17935', '17971'] } },
  ...[device('d-tinh', 'tinh'), device('d-ruong', 'ruong'), device('d-ao', 'ao'), device('d-cho', 'cho')],
  ...[device('moved', 'ruong'), device('silent', 'ruong'), device('lost', 'nowhere'), device('left', 'cho')]
])
const series = new SeriesCatalogue(
  [
    ['root', 'd-tinh', 'ph'],
    ['xa-1', 'd-ruong', 'ph'],
    ['xa-1', 'd-ruong', 'co2'],
    ['htx', 'd-ao', 'ph'],
    ['xa-2', 'd-cho', 'ph'],
    ['root', 'moved', 'ph'],
    ['xa-gone', 'moved', 'pm10'],
    ['xa-1', 'moved', 'ph'],
    ['root', 'lost', 'ph'],
    ['xa-1', 'left', 'ph'],
    ['root', 'gone', 'ph']
  ].map(([owner = '', of = '', metric = ''], i) => ({ id: i + 1, organisation: owner, device: of, metric }))
)
// `as`: of all services the choice uses these two.
const services = { registry, series, trail: { note: () => undefined } } as unknown as Services

const roles = new RoleBook()
const actorOf = (own: string, role: string): Actor => ({
  id: 'token:1',
  name: 'n',
  kind: 'token',
  organisation: own,
  grants: roles.resolve([{ role, organisation: own }])
})

function choose(own: string, choice: SeriesChoice, role = 'viewer'): readonly string[] {
  return chosenSeries(services, actorOf(own, role), choice)
    .map(one => `${one.organisation}/${one.device}/${one.metric}`)
    .sort()
}

const ofRuong = ['xa-1/d-ruong/co2', 'xa-1/d-ruong/ph']

describe('the series that a question names', () => {
  it.each<readonly [string, string, SeriesChoice, readonly string[]]>([
    ['nothing named: all below the actor’s organisation', 'htx', {}, ['htx/d-ao/ph']],
    ['… and of its subtree', 'xa-1', {}, ['htx/d-ao/ph', ...ofRuong, 'xa-1/moved/ph']],
    ['a device', 'root', { device: 'd-ruong' }, ofRuong],
    ['a device and a metric', 'root', { device: 'd-ruong', metric: 'co2' }, ['xa-1/d-ruong/co2']],
    ['a metric that a device lacks', 'root', { device: 'd-ruong', metric: 'ozone' }, []],
    ['a device that never spoke', 'root', { device: 'silent' }, []],
    ['a site', 'root', { site: 'ruong', metric: 'co2' }, ['xa-1/d-ruong/co2']],
    ['a site without devices', 'xa-1', { site: 'trong' }, []],
    ['an organisation with its subtree', 'root', { organisation: 'htx' }, ['htx/d-ao/ph']],
    ['an organisation of the actor’s own', 'xa-1', { organisation: 'xa-1', metric: 'co2' }, ['xa-1/d-ruong/co2']],
    ['a commune', 'root', { place: '17971', metric: 'co2' }, ['xa-1/d-ruong/co2']],
    ['a commune, as far as the actor sees', 'xa-2', { place: '17971' }, ['xa-2/d-cho/ph']],
    ['a commune where nothing stands', 'root', { place: '16732' }, []],
    [
      'a group of communes',
      'xa-1',
      { place: 'nam-dan', metric: 'ph' },
      ['htx/d-ao/ph', 'xa-1/d-ruong/ph', 'xa-1/moved/ph']
    ],
    ['a place and an organisation', 'root', { place: 'nam-dan', organisation: 'htx' }, ['htx/d-ao/ph']],
    [
      'a device, with what it measured for owners the actor sees',
      'root',
      { device: 'moved' },
      ['root/moved/ph', 'xa-1/moved/ph', 'xa-gone/moved/pm10']
    ],
    ['a device, without what it measured for others', 'xa-1', { device: 'moved' }, ['xa-1/moved/ph']],
    [
      'a device that has gone to others: what it measured before',
      'xa-1',
      { device: 'left', metric: 'ph' },
      ['xa-1/left/ph']
    ],
    ['a device that has come from others: not what it measured there', 'xa-2', { device: 'left' }, []],
    ['a device at a site nobody knows', 'root', { device: 'lost' }, ['root/lost/ph']]
  ])('%s', (_, own, choice, expected) => {
    expect(choose(own, choice)).toEqual(expected)
  })

  it.each<readonly [string, string, SeriesChoice, string]>([
    ['a device of nobody', 'root', { device: 'x' }, 'find device x: there is none'],
    ['a device of another organisation', 'xa-1', { device: 'd-cho' }, 'find device d-cho: there is none'],
    ['a device of the organisation above', 'xa-1', { device: 'd-tinh' }, 'find device d-tinh: there is none'],
    [
      'a device that has gone, at a site where it stood',
      'xa-1',
      { device: 'left', site: 'ruong' },
      'find device left: there is none'
    ],
    ['a device that was removed', 'root', { device: 'gone' }, 'find device gone: there is none'],
    [
      'a device that stands at another site',
      'root',
      { device: 'd-ao', site: 'ruong' },
      'find device d-ao: there is none'
    ],
    ['a site of nobody', 'root', { site: 'x' }, 'find site x: there is none'],
    ['a site of another organisation', 'xa-1', { site: 'cho' }, 'find site cho: there is none'],
    ['an organisation of nobody', 'root', { organisation: 'x' }, 'find organisation x: there is none'],
    ['an organisation beside the actor’s', 'xa-1', { organisation: 'xa-2' }, 'find organisation xa-2: there is none'],
    ['a place that is none', 'root', { place: 'nowhere' }, 'find place nowhere: there is none'],
    ['a code that is none', 'root', { place: '99999' }, 'find place 99999: there is none'],
    ['the organisation above the actor’s', 'xa-1', { organisation: 'root' }, 'find organisation root: there is none']
  ])('%s is not found: unknown and foreign look the same', (_, own, choice, message) => {
    expect(() => choose(own, choice)).toThrow(expect.objectContaining({ code: 'SEN_NOT_FOUND', message }))
  })

  it('are nobody’s who may not read', () => {
    expect(() => choose('root', {}, 'ingest')).toThrow(expect.objectContaining({ code: 'SEN_FORBIDDEN' }))
  })
})
