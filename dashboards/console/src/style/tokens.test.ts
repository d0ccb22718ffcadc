import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const css = readFileSync(new URL('tokens.css', import.meta.url), 'utf8')
const [light = '', dark = ''] = css.split('@media (prefers-color-scheme: dark)')
const coloursOf = (part: string): Map<string, string> =>
  new Map([...part.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name = '', colour = '']) => [name, colour]))
const schemes = { light: coloursOf(light), dark: new Map([...coloursOf(light), ...coloursOf(dark)]) }

/** Source: WCAG 2.2, "relative luminance" and "contrast ratio". */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map(start => {
    const channel = Number.parseInt(colour.slice(start, start + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [dim = 0, bright = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (bright + 0.05) / (dim + 0.05)
}

const surfaces = ['page', 'surface', 'sunken', 'flash']
const pairs: readonly (readonly [text: string, on: string, ratio: number])[] = [
  ...surfaces.flatMap(on => [['text', on, 4.5] as const, ['text-soft', on, 4.5] as const]),
  ...['good', 'warn', 'bad'].flatMap(tone => [[tone, `${tone}-soft`, 4.5] as const, [tone, 'surface', 4.5] as const]),
  ['warn', 'sunken', 4.5],
  ['warn', 'flash', 4.5],
  ['text', 'warn-soft', 4.5],
  ['surface', 'brand', 4.5],
  // Edges of controls and the focus ring: 3:1 (success criteria 1.4.11 and 2.4.13).
  ['line-strong', 'surface', 3],
  ['focus', 'surface', 3],
  ['focus', 'page', 3],
  ['focus', 'sunken', 3]
]

for (const [scheme, colours] of Object.entries(schemes)) {
  test.each(pairs)(`${scheme}: %s on %s has a contrast of at least %d`, (text, on, ratio) => {
    expect(contrast(colours.get(text) ?? '', colours.get(on) ?? '')).toBeGreaterThanOrEqual(ratio)
  })
}
