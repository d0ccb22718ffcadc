/** How values of a metric are combined over time or places. */
export type Aggregate = 'mean' | 'sum' | 'last'
/** What a value of the metric is: a number in its unit, a claim (true or false), or words. */
export type ValueKind = 'number' | 'boolean' | 'text'

/** One entry of the metric catalogue. `unit` is a UCUM code ('' where there is none). */
export interface Metric {
  readonly name: string
  readonly vi: string
  readonly en: string
  readonly unit: string
  readonly kind: ValueKind
  /** Plausible range, inclusive: a value outside is stored and marked `implausible`. */
  readonly min?: number
  readonly max?: number
  readonly aggregate: Aggregate
}

type Row = readonly [name: string, vi: string, en: string, unit: string, min: number, max: number, aggregate: Aggregate]

const numbers: readonly Row[] = [
  ['air_temperature', 'Nhiệt độ không khí', 'Air temperature', 'Cel', -20, 60, 'mean'],
  ['air_humidity', 'Độ ẩm không khí', 'Air humidity', '%', 0, 100, 'mean'],
  ['air_pressure', 'Áp suất không khí', 'Air pressure', 'hPa', 700, 1100, 'mean'],
  ['rainfall', 'Lượng mưa', 'Rainfall', 'mm', 0, 500, 'sum'],
  ['wind_speed', 'Tốc độ gió', 'Wind speed', 'm/s', 0, 90, 'mean'],
  ['wind_gust', 'Gió giật', 'Wind gust', 'm/s', 0, 120, 'mean'],
  ['wind_direction', 'Hướng gió', 'Wind direction', 'deg', 0, 360, 'last'],
  ['solar_radiation', 'Bức xạ mặt trời', 'Solar radiation', 'W/m2', 0, 1800, 'mean'],
  ['soil_moisture', 'Độ ẩm đất', 'Soil moisture', '%', 0, 100, 'mean'],
  ['soil_temperature', 'Nhiệt độ đất', 'Soil temperature', 'Cel', -10, 70, 'mean'],
  ['soil_conductivity', 'Độ dẫn điện đất', 'Soil conductivity', 'uS/cm', 0, 30000, 'mean'],
  ['leaf_wetness', 'Độ ướt lá', 'Leaf wetness', '%', 0, 100, 'mean'],
  // DS18B20 datasheet: -55 to +125 degrees Celsius.
  ['probe_temperature', 'Nhiệt độ đầu dò rời', 'External probe temperature', 'Cel', -55, 125, 'mean'],
  // The range in which electronics work: chips are specified from -40 to +85, some to +125 degrees Celsius.
  ['device_temperature', 'Nhiệt độ trong thiết bị', 'Temperature inside the device', 'Cel', -40, 125, 'mean'],
  ['illuminance', 'Độ rọi', 'Illuminance', 'lx', 0, 200000, 'mean'],
  ['distance', 'Khoảng cách', 'Distance', 'm', 0, 100, 'mean'],
  ['water_level', 'Mực nước', 'Water level', 'm', -50, 100, 'mean'],
  ['flow_rate', 'Lưu lượng', 'Flow rate', 'L/min', 0, 1e7, 'mean'],
  ['water_volume', 'Thể tích nước', 'Water volume', 'm3', 0, 1e9, 'last'],
  // What a 32-bit counter can hold.
  ['pulse_count', 'Số xung', 'Pulse count', '', 0, 4294967295, 'last'],
  ['water_temperature', 'Nhiệt độ nước', 'Water temperature', 'Cel', -5, 60, 'mean'],
  // Sea water has about 55,000.
  ['water_conductivity', 'Độ dẫn điện của nước', 'Water conductivity', 'uS/cm', 0, 100000, 'mean'],
  ['ph', 'Độ pH', 'pH', '[pH]', 0, 14, 'mean'],
  ['dissolved_oxygen', 'Oxy hòa tan', 'Dissolved oxygen', 'mg/L', 0, 30, 'mean'],
  ['turbidity', 'Độ đục', 'Turbidity', 'NTU', 0, 10000, 'mean'],
  ['salinity', 'Độ mặn', 'Salinity', 'g/kg', 0, 60, 'mean'],
  ['pm2_5', 'Bụi mịn PM2.5', 'PM2.5', 'ug/m3', 0, 2000, 'mean'],
  ['pm10', 'Bụi PM10', 'PM10', 'ug/m3', 0, 4000, 'mean'],
  ['co2', 'Khí CO2', 'Carbon dioxide', 'ppm', 0, 50000, 'mean'],
  ['nh3', 'Khí NH3', 'Ammonia', 'ppm', 0, 500, 'mean'],
  ['h2s', 'Khí H2S', 'Hydrogen sulfide', 'ppm', 0, 500, 'mean'],
  ['no2', 'Khí NO2', 'Nitrogen dioxide', 'ug/m3', 0, 5000, 'mean'],
  ['so2', 'Khí SO2', 'Sulfur dioxide', 'ug/m3', 0, 10000, 'mean'],
  ['o3', 'Khí O3', 'Ozone', 'ug/m3', 0, 2000, 'mean'],
  ['co', 'Khí CO', 'Carbon monoxide', 'ug/m3', 0, 200000, 'mean'],
  ['noise_level', 'Mức ồn', 'Noise level', 'dB', 0, 160, 'mean'],
  ['battery_voltage', 'Điện áp pin', 'Battery voltage', 'V', 0, 60, 'last'],
  ['battery_level', 'Mức pin', 'Battery level', '%', 0, 100, 'last'],
  // From a low-voltage socket to a meter behind the transformers of the 35 kV grid.
  ['voltage', 'Điện áp', 'Voltage', 'V', 0, 50000, 'mean'],
  ['electric_current', 'Dòng điện', 'Electric current', 'A', 0, 10000, 'mean'],
  ['energy', 'Điện năng', 'Energy', 'kW.h', 0, 1e9, 'last'],
  ['power', 'Công suất', 'Power', 'W', -1e7, 1e7, 'mean'],
  ['latitude', 'Vĩ độ', 'Latitude', 'deg', -90, 90, 'last'],
  ['longitude', 'Kinh độ', 'Longitude', 'deg', -180, 180, 'last'],
  ['speed', 'Tốc độ di chuyển', 'Speed', 'km/h', 0, 300, 'mean'],
  ['heading', 'Hướng di chuyển', 'Heading', 'deg', 0, 360, 'last'],
  ['rssi', 'Cường độ tín hiệu (RSSI)', 'Signal strength (RSSI)', 'dBm', -160, 20, 'mean'],
  ['snr', 'Tỷ số tín hiệu trên nhiễu (SNR)', 'Signal-to-noise ratio (SNR)', 'dB', -40, 40, 'mean'],
  // How far the best gateway's SNR lies above the demodulation floor of the frame's spreading factor.
  ['link_margin', 'Dự trữ đường lên', 'Uplink margin', 'dB', -20, 60, 'mean'],
  // What DevStatusAns calls margin (LoRaWAN 1.0.4, 5.5): the SNR at which the device hears, 6 bits with a sign.
  ['downlink_margin', 'Dự trữ đường xuống', 'Downlink margin', 'dB', -32, 31, 'mean'],
  // Entered by people, or a controller's: the water that a field was given.
  ['irrigation', 'Lượng nước tưới', 'Irrigation', 'mm', 0, 500, 'sum'],
  // What calculations give (docs/derived-metrics.md).
  ['dew_point', 'Điểm sương', 'Dew point', 'Cel', -60, 50, 'mean'],
  ['wet_bulb_temperature', 'Nhiệt độ bầu ướt', 'Wet-bulb temperature', 'Cel', -30, 50, 'mean'],
  ['heat_index', 'Chỉ số nóng bức (nhiệt độ cảm nhận)', 'Heat index', 'Cel', -40, 120, 'mean'],
  ['vapour_pressure_deficit', 'Độ hụt áp suất hơi nước (VPD)', 'Vapour pressure deficit', 'kPa', 0, 20, 'mean'],
  ['thi_cattle', 'Chỉ số nhiệt ẩm THI, trâu bò', 'Temperature-humidity index, cattle', '', -50, 150, 'mean'],
  ['thi_broiler', 'Chỉ số nhiệt ẩm THI, gà thịt', 'Temperature-humidity index, broilers', 'Cel', -30, 60, 'mean'],
  ['thi_layer', 'Chỉ số nhiệt ẩm THI, gà đẻ', 'Temperature-humidity index, layers', 'Cel', -30, 60, 'mean'],
  ['ammonia_unionised_share', 'Tỷ lệ NH3 tự do trong amoni', 'Un-ionised share of ammonia', '%', 0, 100, 'mean'],
  ['oxygen_saturation', 'Độ bão hòa oxy', 'Oxygen saturation', '%', 0, 300, 'mean'],
  ['aqi_vn', 'VN_AQI giờ', 'VN_AQI, hourly', '', 0, 500, 'last'],
  ['aqi_vn_daily', 'VN_AQI ngày', 'VN_AQI, daily', '', 0, 500, 'last'],
  ['pm2_5_nowcast', 'PM2.5 NowCast', 'PM2.5 NowCast', 'ug/m3', 0, 2000, 'last'],
  ['pm10_nowcast', 'PM10 NowCast', 'PM10 NowCast', 'ug/m3', 0, 4000, 'last'],
  ['rainfall_1h', 'Lượng mưa 1 giờ', 'Rainfall, 1 h', 'mm', 0, 500, 'last'],
  ['rainfall_3h', 'Lượng mưa 3 giờ', 'Rainfall, 3 h', 'mm', 0, 1000, 'last'],
  ['rainfall_6h', 'Lượng mưa 6 giờ', 'Rainfall, 6 h', 'mm', 0, 1500, 'last'],
  ['rainfall_12h', 'Lượng mưa 12 giờ', 'Rainfall, 12 h', 'mm', 0, 2000, 'last'],
  ['rainfall_24h', 'Lượng mưa 24 giờ', 'Rainfall, 24 h', 'mm', 0, 2500, 'last'],
  ['rainfall_48h', 'Lượng mưa 48 giờ', 'Rainfall, 48 h', 'mm', 0, 4000, 'last'],
  ['rainfall_72h', 'Lượng mưa 72 giờ', 'Rainfall, 72 h', 'mm', 0, 5000, 'last'],
  ['water_level_rise', 'Cường suất mực nước', 'Rise of water level', 'm/h', -20, 20, 'mean'],
  ['et0_hourly', 'Bốc thoát hơi tham chiếu ET0, giờ', 'Reference evapotranspiration, hourly', 'mm', 0, 2, 'sum'],
  ['et0', 'Bốc thoát hơi tham chiếu ET0', 'Reference evapotranspiration', 'mm', 0, 20, 'sum'],
  ['et0_hargreaves', 'ET0 theo Hargreaves', 'Reference evapotranspiration, Hargreaves', 'mm', 0, 20, 'sum'],
  ['growing_degree_days', 'Tích ôn trong ngày', 'Growing degree days', 'Cel.d', 0, 50, 'sum'],
  ['soil_water_deficit', 'Lượng nước thiếu vùng rễ', 'Root zone water deficit', 'mm', 0, 1000, 'last'],
  ['wet_hours', 'Số giờ lá ướt', 'Hours of wet leaves', 'h', 0, 24, 'sum'],
  ['water_use_hourly', 'Nước dùng trong giờ', 'Water use in the hour', 'm3', 0, 1e6, 'sum'],
  ['water_use', 'Nước dùng trong ngày', 'Water use in the day', 'm3', 0, 1e7, 'sum'],
  ['energy_use_hourly', 'Điện dùng trong giờ', 'Energy use in the hour', 'kW.h', 0, 1e6, 'sum'],
  ['energy_use', 'Điện dùng trong ngày', 'Energy use in the day', 'kW.h', 0, 1e7, 'sum']
]

const booleans: readonly (readonly [name: string, vi: string, en: string])[] = [
  ['valve_open', 'Van mở', 'Valve open'],
  ['door_open', 'Cửa mở', 'Door open'],
  ['occupied', 'Chỗ đỗ có xe', 'Parking space occupied'],
  ['in_motion', 'Đang di chuyển', 'In motion'],
  ['tilted', 'Bị nghiêng', 'Tilted'],
  ['tampered', 'Bị tháo hoặc phá', 'Tampered with'],
  ['alarm', 'Báo động', 'Alarm'],
  ['online', 'Trực tuyến', 'Online'],
  ['late_blight_smith', 'Nguy cơ sương mai (Smith)', 'Late blight risk (Smith)'],
  ['late_blight_hutton', 'Nguy cơ sương mai (Hutton)', 'Late blight risk (Hutton)']
]

const texts: readonly (readonly [name: string, vi: string, en: string])[] = [
  ['firmware', 'Phần sụn', 'Firmware'],
  ['status_text', 'Trạng thái', 'Status']
]

/**
 * The metrics Sen knows by name, with one canonical unit each; conversion happens at decode.
 * A profile may add its own (see `model/profile.ts`).
 */
export const metricCatalogue: ReadonlyMap<string, Metric> = new Map<string, Metric>([
  ...numbers.map(
    ([name, vi, en, unit, min, max, aggregate]) =>
      [name, { name, vi, en, unit, kind: 'number', min, max, aggregate }] as const
  ),
  ...booleans.map(([name, vi, en]) => [name, { name, vi, en, unit: '', kind: 'boolean', aggregate: 'last' }] as const),
  ...texts.map(([name, vi, en]) => [name, { name, vi, en, unit: '', kind: 'text', aggregate: 'last' }] as const)
])
