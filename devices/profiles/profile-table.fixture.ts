import type { LoadedProfile } from './load-profiles.ts'

/** `docs/profiles.md`: every profile, what it measures, and what has been proven of it. Markdown. */
export function profileTable(profiles: readonly LoadedProfile[]): string {
  const shown = profiles.filter(({ profile }) => profile.id !== 'load')
  const rows = shown.map(rowOf)
  const vectors = shown.reduce((sum, { examples }) => sum + vectorsOf(examples), 0)
  return `# Device profiles

${shown.length} profiles, ${vectors} published examples. *Published* counts examples that the maker or another project has published,
taken over word for word; *own* those that were written for Sen. All of them pass through codec and mapping in the tests,
which write this page. **Unproven**: a LoRaWAN codec of which nobody else has published an example. A JSON payload is Sen's own
format. Each folder's README says what is not read and not stored.

| profile | device | payload | measures | published | own |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`
}

function rowOf({ profile, metrics, examples, isUnproven }: LoadedProfile): string {
  const { id, name, payload, fields, caution } = profile
  const measures = fields['*'] === '*' ? 'every metric by its name' : metrics.map(({ vi }) => vi).join(', ')
  const published = vectorsOf(examples)
  const cells = [
    `[\`${id}\`](../devices/profiles/${id}/README.md)`,
    `${name.vi}<br>${name.en}${caution ? `<br>⚠ ${caution.vi} *${caution.en}*` : ''}`,
    payload === 'lorawan' ? 'LoRaWAN' : 'JSON',
    measures,
    isUnproven ? '**unproven**' : `${published}`,
    `${examples.length - published}`
  ]
  return `| ${cells.join(' | ')} |`
}

function vectorsOf(examples: LoadedProfile['examples']): number {
  return examples.filter(({ vector }) => vector !== undefined).length
}
