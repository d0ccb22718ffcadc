/** Values of the index at the borders of its levels. Quyết định 1459/QĐ-TCMT (2019), Bảng 2. */
export const aqiBorders = [0, 50, 100, 150, 200, 300, 400, 500] as const

/**
 * Concentrations at those borders, µg/m³ (carbon monoxide too). Ozone of 8 hours ends at 300. Quyết định 1459/QĐ-TCMT (2019),
 * Bảng 2. (Not the table of the US EPA, which many programs take for it.)
 */
export const aqiConcentrations = {
  o3_1h: [0, 160, 200, 300, 400, 800, 1000, 1200],
  o3_8h: [0, 100, 120, 170, 210, 400],
  co: [0, 10_000, 30_000, 45_000, 60_000, 90_000, 120_000, 150_000],
  so2: [0, 125, 350, 550, 800, 1600, 2100, 2630],
  no2: [0, 100, 200, 700, 1200, 2350, 3100, 3850],
  pm10: [0, 50, 150, 250, 350, 420, 500, 600],
  pm2_5: [0, 25, 50, 80, 150, 250, 350, 500]
} as const

/** A pollutant, and over which time it is taken. */
export type AqiPollutant = keyof typeof aqiConcentrations
export const aqiPollutants = Object.keys(aqiConcentrations) as readonly AqiPollutant[]
