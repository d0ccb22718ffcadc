import { expect, test } from 'vitest'
import { projectFiles } from './project-files.ts'

const folders = Map.groupBy(
  projectFiles().filter(({ path }) => /^devices\/profiles\/[^/]+\/[^/]+$/.test(path)),
  ({ path }) => path.split('/')[2] ?? ''
)

test('there are profiles', () => {
  expect([...folders.keys()]).not.toEqual([])
})

test.each([...folders.keys()])('profile %s has its files and no others: a JSON payload needs no codec', profile => {
  const files = new Map((folders.get(profile) ?? []).map(({ path, text }) => [path.split('/')[3] ?? '', text]))
  const isLorawan = /^payload:\s*lorawan\b/m.test(files.get('profile.yaml') ?? '')
  const always = ['README.md', 'examples.json', 'profile.yaml']

  expect([...files.keys()].sort()).toEqual((isLorawan ? [...always, 'codec.js'] : always).sort())
})
