/** Words of the page of gateways and health events. */
export const gateways = {
  title: 'Trạm thu',
  hint: 'Trạm thu LoRaWAN và những trục trặc gần đây của trạm và thiết bị.',
  none: 'Chưa có trạm thu nào được đăng ký.',
  states: { never: 'Chưa nghe thấy', online: 'Đang hoạt động', late: 'Chậm', silent: 'Im lặng' },
  links: { 'lora-backhaul': 'LoRa', '4g': '4G', fibre: 'Cáp quang', satellite: 'Vệ tinh' },
  devices: (count: string) => `${count} thiết bị`,
  lastSeen: (age: string) => `Nghe lần cuối ${age}`,
  events: 'Trục trặc gần đây',
  noEvents: 'Không có trục trặc nào.',
  goesOn: 'đang diễn ra',
  until: (time: string) => `đến ${time}`,
  kinds: {
    'device-silent': 'Thiết bị im lặng',
    'gateway-down': 'Trạm thu mất liên lạc',
    'clock-wrong': 'Đồng hồ thiết bị sai giờ',
    'battery-low': 'Pin sắp hết',
    'value-stuck': 'Số đo bị kẹt',
    'value-spiking': 'Số đo nhảy bất thường',
    'value-drifting': 'Số đo trôi dần'
  },
  outage: (silent: string, elsewhere: string) => `${silent} thiết bị im lặng, ${elsewhere} nghe được ở trạm khác`
}
