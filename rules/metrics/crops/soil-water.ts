/*
 * Source of all formulas here: FAO Irrigation and Drainage Paper 56 (Allen et al. 1998), chapter 8. Water in mm.
 */

/** The soil of a root zone, and how much of its water the crop takes without stress. */
export interface RootZone {
  /** Water content at field capacity and at the wilting point, m³/m³. */
  readonly fieldCapacity: number
  readonly wiltingPoint: number
  /** Depth of the roots, m. */
  readonly rootDepth: number
  /** Share of the available water that can be used before stress, at 5 mm/d (table 22). */
  readonly depletionShare: number
}

/** All water that the roots can take, mm (eq. 82). */
export function totalAvailableWater({ fieldCapacity, wiltingPoint, rootDepth }: RootZone): number {
  return 1000 * (fieldCapacity - wiltingPoint) * rootDepth
}

/** The depletion share at a day's crop evapotranspiration, mm (footnote 2 of table 22): less is free when the air asks for more. */
export function adjustedShare({ depletionShare }: Pick<RootZone, 'depletionShare'>, cropEt: number): number {
  return Math.min(0.8, Math.max(0.1, depletionShare + 0.04 * (5 - cropEt)))
}

/** Water that can be used before stress begins, mm (eq. 83). */
export function readilyAvailableWater(zone: RootZone, cropEt: number): number {
  return adjustedShare(zone, cropEt) * totalAvailableWater(zone)
}

/** Stress: 1 while there is readily available water, 0 where the soil is at the wilting point (eq. 84). */
export function stressCoefficient(zone: RootZone, depletion: number, cropEt: number): number {
  const total = totalAvailableWater(zone)
  const share = adjustedShare(zone, cropEt)
  if (depletion <= share * total) return 1
  return Math.max(0, (total - depletion) / ((1 - share) * total))
}

/** What a day brings and takes, mm. */
export interface WaterOfDay {
  /** Rain that goes into the soil: what runs off is taken away already. */
  readonly rain: number
  readonly irrigation: number
  /** Evapotranspiration of the crop without stress: Kc × ET0. */
  readonly cropEt: number
  readonly capillaryRise?: number
}

/** The root zone after a day. */
export interface DepletionOfDay {
  /** Water missing to field capacity, mm: 0 to all that is available. */
  readonly depletion: number
  /** What went below the roots, mm. */
  readonly deepPercolation: number
  /** What the crop really used, mm. */
  readonly usedEt: number
}

/** One day of the water balance (eq. 81, 85, 88). @param before - depletion at the end of the day before, mm. */
export function nextDepletion(zone: RootZone, before: number, day: WaterOfDay): DepletionOfDay {
  const { rain, irrigation, cropEt, capillaryRise = 0 } = day
  const usedEt = stressCoefficient(zone, before, cropEt) * cropEt
  const deepPercolation = Math.max(0, rain + irrigation - usedEt - before)
  const balance = before - rain - irrigation - capillaryRise + usedEt + deepPercolation
  return { depletion: Math.min(totalAvailableWater(zone), Math.max(0, balance)), deepPercolation, usedEt }
}

/** Depletion as a sensor of volumetric water content sees it, mm. @param content - m³/m³. */
export function measuredDepletion(zone: RootZone, content: number): number {
  return Math.max(0, 1000 * (zone.fieldCapacity - content) * zone.rootDepth)
}
