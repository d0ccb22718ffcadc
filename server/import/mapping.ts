import { z } from 'zod'
import { SenError } from '../../model/errors.ts'
import { deviceId, metricName } from '../../model/ids.ts'

/** Which column is what. Names are those of the file's heading, as a spreadsheet shows them. */
export const importMapping = z
  .object({
    /** The device all rows belong to … */
    device: deviceId.optional(),
    /** … or the column that names it. */
    deviceColumn: z.string().min(1).optional(),
    /** The device's time; several columns (a date and a time of day) are joined by a space. */
    time: z.array(z.string().min(1)).min(1),
    /** What a time without an offset is in. */
    zone: z
      .string()
      .regex(/^(?:Z|[+-]\d{2}:\d{2})$/, 'must be Z or an offset, as +07:00')
      .default('+07:00'),
    /** Wide layout: column → metric and unit. */
    columns: z.record(z.string(), z.object({ metric: metricName, unit: z.string().default('') }).strict()).default({}),
    /** Long layout: a column that names the metric, one with its value, and perhaps one with its unit. */
    metricColumn: z.string().min(1).optional(),
    valueColumn: z.string().min(1).optional(),
    unitColumn: z.string().min(1).optional(),
    /** Long layout: how the file calls a metric → metric and unit; a name that is a metric's own needs none. */
    metrics: z.record(z.string(), z.object({ metric: metricName, unit: z.string().default('') }).strict()).default({}),
    /** A column with the marks of Sen's own exports. */
    qualityColumn: z.string().min(1).optional(),
    decimal: z.enum(['auto', 'comma', 'point']).default('auto'),
    /** Cells by which the logger says that it has no value. */
    missing: z.array(z.string()).default([])
  })
  .strict()
export type ImportMapping = z.infer<typeof importMapping>

/** The mapping of what `sen export` and `GET /readings/export` give. */
const ownExport: ImportMapping = importMapping.parse({
  deviceColumn: 'device',
  time: ['time'],
  metricColumn: 'metric',
  valueColumn: 'value',
  unitColumn: 'unit',
  qualityColumn: 'quality',
  decimal: 'point'
})
const ownHeading = ['device', 'metric', 'unit', 'time', 'value', 'quality']

/** @returns the mapping of Sen's own export, if the heading is that of one. */
export function mappingOfOwnExport(heading: readonly string[]): ImportMapping | undefined {
  const isOwn = heading.length === ownHeading.length && ownHeading.every((name, i) => heading[i] === name)
  return isOwn ? ownExport : undefined
}

/** @returns heading names so that they can be compared: trimmed, and Vietnamese letters in one form (NFC). */
export function headingName(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .trim()
    .normalize('NFC')
}

/**
 * Checks a mapping against a file's heading.
 *
 * @throws SenError SEN_INPUT_INVALID with the columns there are.
 */
export function checkMapping(mapping: ImportMapping, heading: readonly string[]): void {
  const names = heading.map(headingName)
  const wrong = (cause: string) =>
    new SenError('SEN_INPUT_INVALID', `import: ${cause}`, { hint: `The file has the columns ${names.join(' | ')}.` })
  const used = [
    ...mapping.time,
    ...Object.keys(mapping.columns),
    ...[mapping.deviceColumn, mapping.metricColumn, mapping.valueColumn, mapping.unitColumn, mapping.qualityColumn]
  ].filter(name => name !== undefined)
  const absent = used.find(name => !names.includes(headingName(name)))
  if (absent !== undefined) throw wrong(`there is no column "${absent}"`)
  const twice = used.find(name => names.filter(one => one === headingName(name)).length > 1)
  if (twice !== undefined) throw wrong(`there is more than one column "${twice}"`)
  if ((mapping.device === undefined) === (mapping.deviceColumn === undefined))
    throw wrong('either --device or --device-column must be given')
  const isLong = mapping.metricColumn !== undefined || mapping.valueColumn !== undefined
  if (isLong && (mapping.metricColumn === undefined || mapping.valueColumn === undefined))
    throw wrong('--metric-column and --value-column belong together')
  if (isLong === Object.keys(mapping.columns).length > 0)
    throw wrong('either --column NAME=metric:unit, or --metric-column and --value-column must be given')
}
