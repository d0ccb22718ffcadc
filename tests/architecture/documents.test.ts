import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import { expect, test } from 'vitest'
import { dependenciesOf, scriptsOf } from './package-file.ts'
import { projectFiles, projectRoot, projectText } from './project-files.ts'

const documents = projectFiles().filter(({ path }) => path.endsWith('.md'))

test('docs/dependencies.md has a sentence for each dependency, and for nothing else', () => {
  const lines = projectText('docs/dependencies.md').matchAll(/^- `([^`]+)`: (.+)$/gm)
  const sentences = new Map([...lines].map(([, name = '', sentence = '']) => [name, sentence]))

  expect([...sentences.keys()].sort()).toEqual([...dependenciesOf(projectText('package.json')).keys()].sort())
  expect([...sentences].filter(([, sentence]) => !/^.{20,}\.$/.test(sentence))).toEqual([])
})

test('docs/settings.md lists exactly the settings that Sen reads', () => {
  const read = [...projectText('server/config.ts').matchAll(/^ {2}(SEN_\w+): /gm)].map(([, name]) => name)
  const listed = [...projectText('docs/settings.md').matchAll(/^\| `(SEN_\w+)`/gm)].map(([, name]) => name)

  expect(read).not.toEqual([])
  expect(new Set(listed)).toEqual(new Set([...read, 'SEN_CONFIG']))
})

test('the front doors are there', () => {
  const paths = documents.map(({ path }) => path)

  expect(paths).toEqual(expect.arrayContaining(['README.md', 'README.vi.md', 'CHANGELOG.md', 'CONTRIBUTING.md']))
})

/** Targets of links and pictures, code blocks left out; without those that lead out of the project. */
function linksOf(text: string): readonly string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link).filter(link => !/^[a-z]+:/.test(link))
}

/** The anchors of a document, as forges make them from its headings. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-')
  )
}

test.each(documents.map(({ path, text }) => [path, text] as const))(
  'every link of %s leads somewhere',
  (path, text) => {
    const broken = linksOf(text).filter(link => {
      const [place = '', anchor] = link.split('#')
      const target = place === '' ? path : posix.join(posix.dirname(path), place)
      if (!existsSync(join(projectRoot, target))) return true
      return anchor !== undefined && !anchorsOf(projectText(target)).includes(anchor)
    })

    expect(broken).toEqual([])
  }
)

test('every npm script that a document names is there', () => {
  const scripts = scriptsOf(projectText('package.json'))
  const named = documents.flatMap(({ path, text }) =>
    [...text.matchAll(/\bnpm run (?:-s )?([a-z][\w:-]*)/g)].map(([, script = '']) => ({ path, script }))
  )

  expect(named.filter(({ script }) => !scripts.has(script))).toEqual([])
})
