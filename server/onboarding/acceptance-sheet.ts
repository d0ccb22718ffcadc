import type { CriterionResult } from '../../devices/onboarding/acceptance.ts'
import {
  enoughBatteryPercent,
  enoughBatteryVolts,
  enoughHeard,
  enoughMarginDb
} from '../../devices/onboarding/acceptance.ts'
import type { Device } from '../../model/registry.ts'
import type { Findings } from './acceptances.ts'

/** One device on a sheet. */
export interface SheetEntry {
  readonly device: Device
  readonly siteName: string
  readonly organisationName: string
  readonly profileName: string
  readonly findings: Findings
  /** The verdict as it was recorded; `undefined`: it has not been. */
  readonly recorded:
    { readonly id: number; readonly at: number; readonly authorName: string; readonly isPassed: boolean } | undefined
}

interface SheetProps {
  readonly title: string
  readonly entries: readonly SheetEntry[]
  readonly metricName: (metric: string) => string
}

const criterionNames: Readonly<Record<CriterionResult['criterion'], string>> = {
  heard: `Đã nhận ít nhất ${enoughHeard} bản tin / heard at least ${enoughHeard} times`,
  margin: `Dự trữ sóng ≥ ${enoughMarginDb} dB / link margin`,
  plausible: 'Giá trị hợp lý / plausible values',
  battery: `Pin ≥ ${enoughBatteryPercent} % hoặc ≥ ${String(enoughBatteryVolts).replace('.', ',')} V / battery`,
  mounting: 'Đủ thông tin lắp đặt / mounting facts'
}
const resultNames = { passed: 'Đạt', failed: 'Chưa đạt', 'not-applicable': 'Không áp dụng' } as const
const demandNames: Readonly<Record<string, string>> = {
  position: 'vị trí',
  height: 'độ cao lắp',
  datumOffset: 'cao trình',
  photo: 'ảnh',
  snr: 'chưa đo được sóng',
  battery: 'chưa biết pin'
}
const units: Readonly<Record<Exclude<CriterionResult['criterion'], 'battery'>, string>> = {
  heard: 'bản tin',
  margin: 'dB',
  plausible: 'giá trị',
  mounting: ''
}

/** The acceptance sheet (biên bản nghiệm thu) as a page to print: a summary, then a sheet for each device. No script. */
export function acceptanceSheet({ title, entries, metricName }: SheetProps): string {
  const passed = entries.filter(({ findings }) => findings.isPassed).length
  const summary = entries.length > 1 ? summaryOf(entries, passed) : ''
  return `<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="/api/v1/acceptance/style.css">
</head>
<body>
<header><h1>Biên bản nghiệm thu lắp đặt thiết bị đo</h1>
<p>${escaped(title)} · ${passed}/${entries.length} đạt</p></header>
${summary}
${entries.map(entry => sheetOf(entry, metricName)).join('\n')}
</body>
</html>
`
}

function summaryOf(entries: readonly SheetEntry[], passed: number): string {
  const rows = entries.map(
    ({ device, siteName, findings }, i) =>
      `<tr><td>${i + 1}</td><td>${escaped(device.name)}</td><td>${escaped(device.id)}</td><td>${escaped(siteName)}</td><td>${
        findings.isPassed ? 'Đạt' : `Chưa đạt: ${failuresOf(findings)}`
      }</td></tr>`
  )
  return `<section><h2>Tổng hợp: ${passed} đạt, ${entries.length - passed} chưa đạt</h2>
<table><thead><tr><th>Số</th><th>Thiết bị</th><th>Mã</th><th>Điểm đo</th><th>Kết luận</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></section>`
}

function failuresOf({ results }: Findings): string {
  const failed = results.filter(({ result }) => result === 'failed')
  return failed.map(({ criterion }) => (criterionNames[criterion].split(' /')[0] ?? '').toLowerCase()).join('; ')
}

function sheetOf(entry: SheetEntry, metricName: SheetProps['metricName']): string {
  const { device, findings, recorded } = entry
  const { mounting } = device
  const batteryUnit = findings.facts.battery?.percent === undefined ? 'V' : '%'
  const facts = [
    ['Thiết bị', `${device.name} (${device.id})`],
    ['Loại', entry.profileName],
    ['Phần cứng', [device.hardware ?? device.id, device.externalIds?.['serial']].filter(Boolean).join(', số sê-ri ')],
    ['Đơn vị', entry.organisationName],
    ['Điểm đo', entry.siteName],
    [
      'Vị trí',
      mounting?.position ? `${decimal(mounting.position.latitude)}, ${decimal(mounting.position.longitude)}` : '—'
    ],
    ['Độ cao lắp', mounting?.height === undefined ? '—' : `${decimal(mounting.height)} m`],
    ['Cao trình (bù)', datumOf(entry)],
    ...joinOf(findings)
  ]
  const photo =
    mounting?.photo === undefined
      ? ''
      : `<img src="/api/v1/devices/${encodeURIComponent(device.id)}/photo" alt="Ảnh lắp đặt">`
  return `<section class="sheet">
<h2>${escaped(device.name)}: <span class="${findings.isPassed ? 'passed' : 'failed'}">${findings.isPassed ? 'Đạt' : 'Chưa đạt'}</span></h2>
<dl>${facts.map(([name = '', value = '']) => `<dt>${name}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>
<table><thead><tr><th>Tiêu chí</th><th>Kết quả</th><th>Ghi nhận</th></tr></thead>
<tbody>${findings.results.map(one => rowOf(one, metricName, batteryUnit)).join('\n')}</tbody></table>
${photo}
<p>${recorded ? `Kết luận số ${recorded.id}: <strong>${recorded.isPassed ? 'Đạt' : 'Chưa đạt'}</strong>, ${escaped(recorded.authorName)}, ${vietnamTime(recorded.at)}.` : 'Kết luận chưa được ghi nhận trong hệ thống.'}</p>
<p class="date">Ngày …… tháng …… năm ………</p>
<div class="signatures"><p>Bên lắp đặt<br><small>(ký, ghi rõ họ tên)</small></p><p>Bên nhận<br><small>(ký, ghi rõ họ tên)</small></p></div>
</section>`
}

function rowOf(
  { criterion, result, found, lacking }: CriterionResult,
  metricName: SheetProps['metricName'],
  batteryUnit: string
): string {
  const noted = [
    found === undefined ? '' : `${decimal(found)} ${criterion === 'battery' ? batteryUnit : units[criterion]}`,
    lacking.length === 0 ? '' : `thiếu hoặc sai: ${lacking.map(one => demandNames[one] ?? metricName(one)).join(', ')}`
  ].filter(one => one !== '')
  return `<tr><td>${criterionNames[criterion]}</td><td class="${result}">${resultNames[result]}</td><td>${escaped(noted.join('; '))}</td></tr>`
}

function datumOf({ device, findings }: SheetEntry): string {
  const offset = device.mounting?.datumOffset
  if (offset !== undefined) return `${decimal(offset)} m`
  return findings.facts.demands.includes('datumOffset') ? 'chưa có cao trình' : '—'
}

/** Of a radio that was never seen joining and is heard there is nothing to say. */
function joinOf({ joinedAt, isJoinAwaited }: Findings): readonly (readonly [string, string])[] {
  if (joinedAt !== null) return [['Gia nhập mạng', vietnamTime(Date.parse(joinedAt))]]
  return isJoinAwaited ? [['Gia nhập mạng', 'chưa']] : []
}

function decimal(value: number): string {
  return String(value).replace('.', ',')
}

/** In Viet Nam, which has no summer time. */
function vietnamTime(at: number): string {
  const text = new Date(at + 7 * 3_600_000).toISOString()
  return `${text.slice(11, 16)} ${text.slice(8, 10)}/${text.slice(5, 7)}/${text.slice(0, 4)}`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
