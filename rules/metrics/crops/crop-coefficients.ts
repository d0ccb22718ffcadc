/** A crop's need of water: coefficients of its initial, middle and late stage, and its roots. */
export interface CropWater {
  readonly id: string
  readonly vi: string
  readonly en: string
  /** Times ET0 gives the crop's evapotranspiration. */
  readonly kc: { readonly initial: number; readonly mid: number; readonly end: number }
  /** m, smallest and largest of the table. */
  readonly rootDepth: readonly [number, number]
  /** Share of the available water free of stress at 5 mm/d. */
  readonly depletionShare: number
}

type Row = readonly [
  id: string,
  vi: string,
  en: string,
  kc: readonly [number, number, number],
  roots: readonly [number, number],
  p: number
]

/** FAO Irrigation and Drainage Paper 56, tables 12 and 22. Medicinal plants have no value there: use the nearest form and say so. */
const rows: readonly Row[] = [
  ['pineapple', 'Dứa, đất trống', 'Pineapple, bare soil', [0.5, 0.3, 0.3], [0.3, 0.6], 0.5],
  ['pineapple-grass', 'Dứa, có cỏ phủ', 'Pineapple, grass cover', [0.5, 0.5, 0.5], [0.3, 0.6], 0.5],
  ['tea', 'Chè, không che bóng', 'Tea, unshaded', [0.95, 1, 1], [0.9, 1.5], 0.4],
  ['tea-shaded', 'Chè, có che bóng', 'Tea, shaded', [1.1, 1.15, 1.15], [0.9, 1.5], 0.45],
  ['citrus-70', 'Cam, tán 70 %', 'Citrus, 70 % canopy', [0.7, 0.65, 0.7], [1.2, 1.5], 0.5],
  ['citrus-70-cover', 'Cam, tán 70 %, có thảm phủ', 'Citrus, 70 % canopy, cover', [0.75, 0.7, 0.75], [1.2, 1.5], 0.5],
  ['citrus-50', 'Cam, tán 50 %', 'Citrus, 50 % canopy', [0.65, 0.6, 0.65], [1.1, 1.5], 0.5],
  ['citrus-20', 'Cam, tán 20 %', 'Citrus, 20 % canopy', [0.5, 0.45, 0.55], [0.8, 1.1], 0.5],
  // The share is of saturation, and the end coefficient of the higher value of the table (0.90 to 0.60).
  ['rice', 'Lúa nước', 'Rice, paddy', [1.05, 1.2, 0.9], [0.5, 1], 0.2],
  ['small-vegetables', 'Rau ngắn ngày', 'Small vegetables', [0.7, 1.05, 0.95], [0.5, 0.8], 0.45],
  ['tomato', 'Cà chua', 'Tomato', [0.6, 1.15, 0.9], [0.7, 1.5], 0.4],
  ['maize', 'Ngô lấy hạt', 'Maize, grain', [0.3, 1.2, 0.6], [1, 1.7], 0.55],
  ['groundnut', 'Lạc', 'Groundnut', [0.4, 1.15, 0.6], [0.5, 1], 0.5],
  ['sugar-cane', 'Mía', 'Sugar cane', [0.4, 1.25, 0.75], [1.2, 2], 0.65]
]

/** Crops by id. */
export const cropCoefficients: ReadonlyMap<string, CropWater> = new Map(
  rows.map(([id, vi, en, [initial, mid, end], rootDepth, depletionShare]) => [
    id,
    { id, vi, en, kc: { initial, mid, end }, rootDepth, depletionShare }
  ])
)
