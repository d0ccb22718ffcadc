/** A quantity as a codec may give it, and what makes the catalogue's unit of it: value × `scale`. */
export interface KnownField {
  readonly metric: string
  readonly scale: number
}

const as = (metric: string, scale = 1): KnownField => ({ metric, scale })

/**
 * Fields of `normalizeUplink`'s answer, with their units.
 * Source: The Things Stack, "Normalized payload" (payload formatters), and the schema of its device repository.
 */
export const normalisedFields: ReadonlyMap<string, KnownField> = new Map([
  ['air.temperature', as('air_temperature')],
  ['air.relativeHumidity', as('air_humidity')],
  ['air.pressure', as('air_pressure')],
  ['air.co2', as('co2')],
  ['wind.speed', as('wind_speed')],
  ['wind.direction', as('wind_direction')],
  ['soil.temperature', as('soil_temperature')],
  ['soil.moisture', as('soil_moisture')],
  // dS/m
  ['soil.ec', as('soil_conductivity', 1000)],
  ['soil.pH', as('ph')],
  ['position.latitude', as('latitude')],
  ['position.longitude', as('longitude')],
  ['battery', as('battery_voltage')]
])

/**
 * Names that mean one quantity in one unit in all published codecs that use them; without signs, in lower case. "battery",
 * "humidity" or "temperature" are not here: of what, or in which unit, is not in the name.
 */
export const knownNames: ReadonlyMap<string, KnownField> = new Map([
  ['airtemperature', as('air_temperature')],
  ['ambienttemperature', as('air_temperature')],
  ['tempcsht', as('air_temperature')],
  ['airhumidity', as('air_humidity')],
  ['relativehumidity', as('air_humidity')],
  ['humsht', as('air_humidity')],
  ['barometricpressure', as('air_pressure')],
  ['airpressure', as('air_pressure')],
  ['atmosphericpressure', as('air_pressure')],
  ['rainfall', as('rainfall')],
  ['windspeed', as('wind_speed')],
  ['winddirection', as('wind_direction')],
  ['solarradiation', as('solar_radiation')],
  ['soilmoisture', as('soil_moisture')],
  ['watersoil', as('soil_moisture')],
  ['soiltemperature', as('soil_temperature')],
  ['tempsoil', as('soil_temperature')],
  ['soilconductivity', as('soil_conductivity')],
  ['conductsoil', as('soil_conductivity')],
  ['soilec', as('soil_conductivity')],
  ['leafwetness', as('leaf_wetness')],
  ['dissolvedoxygen', as('dissolved_oxygen')],
  ['turbidity', as('turbidity')],
  ['pm25', as('pm2_5')],
  ['pm10', as('pm10')],
  ['co2', as('co2')],
  ['co2ppm', as('co2')],
  ['batv', as('battery_voltage')],
  ['batteryvoltage', as('battery_voltage')],
  ['batteryvolt', as('battery_voltage')],
  ['batterymv', as('battery_voltage', 0.001)],
  ['batterylevel', as('battery_level')],
  ['batterypercent', as('battery_level')],
  ['batterypercentage', as('battery_level')],
  ['latitude', as('latitude')],
  ['longitude', as('longitude')],
  ['rssi', as('rssi')],
  ['snr', as('snr')]
])

/** @returns the name as it stands in `knownNames`: `Battery_Voltage` → `batteryvoltage`. */
export function plainName(field: string): string {
  return field.toLowerCase().replace(/[^a-z0-9]/g, '')
}
