import { expect, test } from 'vitest'
import { en } from './en.ts'
import { vi } from './vi.ts'

/** Every text with its place, functions called with what stands in their place. */
function textsOf(words: object, place = ''): ReadonlyMap<string, string> {
  const texts = Object.entries(words).flatMap(([key, value]: [string, unknown]) => {
    const path = place === '' ? key : `${place}.${key}`
    if (typeof value === 'function') return [[path, String(value('1', '2', '3'))] as const]
    if (typeof value === 'object' && value !== null) return [...textsOf(value, path)]
    return [[path, String(value)] as const]
  })
  return new Map(texts)
}

const [vietnamese, english] = [textsOf(vi), textsOf(en)]

test('both languages have the same texts', () => {
  expect([...english.keys()].sort()).toEqual([...vietnamese.keys()].sort())
})

test('no text is empty', () => {
  const empty = [...vietnamese, ...english].filter(([, text]) => text.trim() === '')
  expect(empty).toEqual([])
})

test('English texts hold no Vietnamese', () => {
  const names = /Kim Liên/g
  const wrong = [...english].filter(([, text]) => /[à-ỹđ]/i.test(text.replace(names, '')))
  expect(wrong).toEqual([])
})

test('texts of both languages use what they are given', () => {
  const used = (text: string): string => [...text.replace(/\d{2,}|30|14|8 |6 /g, '').matchAll(/[123]/g)].sort().join()
  const uneven = [...vietnamese].filter(([place, text]) => used(text) !== used(english.get(place) ?? ''))
  expect(uneven).toEqual([])
})
