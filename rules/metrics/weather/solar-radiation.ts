/*
 * Source of all formulas here: FAO Irrigation and Drainage Paper 56 (Allen et al. 1998), chapter 3. Radiation in MJ/m² a period.
 */
const solarConstant = 0.082

const radians = (degrees: number): number => (degrees * Math.PI) / 180

/** The sun as it is seen from a latitude on a day. */
export interface Sun {
  /** Inverse relative distance of earth and sun (eq. 23). */
  readonly nearness: number
  /** Solar declination, rad (eq. 24). */
  readonly declination: number
  /** Latitude, rad. */
  readonly latitude: number
  /** Hour angle at sunset, rad (eq. 25); 0 in the polar night, π where it does not set. */
  readonly sunset: number
}

/** @param latitude - degrees, north positive. @param dayOfYear - 1 to 366. */
export function sunOn(latitude: number, dayOfYear: number): Sun {
  const turn = (2 * Math.PI * dayOfYear) / 365
  const declination = 0.409 * Math.sin(turn - 1.39)
  const phi = radians(latitude)
  const sunset = Math.acos(Math.min(1, Math.max(-1, -Math.tan(phi) * Math.tan(declination))))
  return { nearness: 1 + 0.033 * Math.cos(turn), declination, latitude: phi, sunset }
}

/** Hours of daylight (eq. 34). */
export function daylightHours({ sunset }: Sun): number {
  return (24 / Math.PI) * sunset
}

/** Radiation of a day at the top of the atmosphere (eq. 21). */
export function extraterrestrialOfDay({ nearness, declination, latitude, sunset }: Sun): number {
  const { sin, cos } = Math
  const seen = sunset * sin(latitude) * sin(declination) + cos(latitude) * cos(declination) * sin(sunset)
  return Math.max(0, ((24 * 60) / Math.PI) * solarConstant * nearness * seen)
}

/** Where an hour (or less) stands in the day. */
export interface HourOfDay {
  readonly dayOfYear: number
  /** Clock time at its middle, h. */
  readonly middle: number
  /** h. */
  readonly length: number
  /** Longitude of the place, degrees west of Greenwich (105.68° E is 254.32). */
  readonly longitudeWest: number
  /** Longitude of the middle of its time zone, degrees west (UTC+7: 255). */
  readonly zoneWest: number
}

/** Hour angle of the sun at the middle of the period, rad (eq. 31 to 33). */
export function hourAngle({ dayOfYear, middle, longitudeWest, zoneWest }: HourOfDay): number {
  const b = (2 * Math.PI * (dayOfYear - 81)) / 364
  const correction = 0.1645 * Math.sin(2 * b) - 0.1255 * Math.cos(b) - 0.025 * Math.sin(b)
  const angle = (Math.PI / 12) * (middle + 0.06667 * (zoneWest - longitudeWest) + correction - 12)
  // A place far from its zone's middle: the same angle, from −π to π.
  return angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI))
}

/** Radiation of an hour (or less) at the top of the atmosphere (eq. 28); what of it lies before sunrise or after sunset gives nothing. */
export function extraterrestrialOfHour(sun: Sun, hour: HourOfDay): number {
  const { sin, cos, min, max } = Math
  const middle = hourAngle(hour)
  const half = (Math.PI * hour.length) / 24
  const from = min(sun.sunset, max(-sun.sunset, middle - half))
  const to = min(sun.sunset, max(-sun.sunset, middle + half))
  const seen =
    (to - from) * sin(sun.latitude) * sin(sun.declination) +
    cos(sun.latitude) * cos(sun.declination) * (sin(to) - sin(from))
  return max(0, ((12 * 60) / Math.PI) * solarConstant * sun.nearness * seen)
}

/** Radiation that reaches the ground under a clear sky (eq. 37). @param altitude - m above sea level. */
export function clearSky(extraterrestrial: number, altitude: number): number {
  return (0.75 + 2e-5 * altitude) * extraterrestrial
}

/** Radiation that reaches the ground with so many hours of sunshine (eq. 35, Ångström's a 0.25 and b 0.50). */
export function fromSunshine(sun: Sun, sunshineHours: number): number {
  return (0.25 + (0.5 * sunshineHours) / daylightHours(sun)) * extraterrestrialOfDay(sun)
}

/** Radiation that reaches the ground, from the day's range of temperature (eq. 50). @param kRs - 0.16 inland, 0.19 at the coast. */
export function fromTemperatures(sun: Sun, max: number, min: number, kRs: number): number {
  return kRs * Math.sqrt(Math.max(0, max - min)) * extraterrestrialOfDay(sun)
}

/** Net shortwave radiation over the grass of reference, albedo 0.23 (eq. 38). */
export function netShortwave(radiation: number): number {
  return 0.77 * radiation
}

const kelvin4 = (temperature: number): number => (temperature + 273.16) ** 4

/** What lets heat escape to the sky. */
export interface Sky {
  /** Actual vapour pressure, kPa. */
  readonly vapourPressure: number
  /** Radiation measured over that of a clear sky; above 1 counts as 1. */
  readonly clearness: number
}

function escaping({ vapourPressure, clearness }: Sky): number {
  return (0.34 - 0.14 * Math.sqrt(vapourPressure)) * (1.35 * Math.min(clearness, 1) - 0.35)
}

/** Net longwave radiation that leaves in a day (eq. 39); temperatures in °C. */
export function netLongwaveOfDay(max: number, min: number, sky: Sky): number {
  return ((4.903e-9 * (kelvin4(max) + kelvin4(min))) / 2) * escaping(sky)
}

/** Net longwave radiation that leaves in an hour (eq. 39 with 2.043e-10); temperature in °C. */
export function netLongwaveOfHour(temperature: number, sky: Sky): number {
  return 2.043e-10 * kelvin4(temperature) * escaping(sky)
}
