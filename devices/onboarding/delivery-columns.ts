/** What a delivery's file can say of each device. */
export const deliveryFields = [
  'qr',
  'id',
  'name',
  'site',
  'profile',
  'joinEui',
  'appKey',
  'serial',
  'latitude',
  'longitude',
  'altitude',
  'height',
  'datumOffset',
  'plot'
] as const
export type DeliveryField = (typeof deliveryFields)[number]

/** Headings as people write them, without accents, case, spaces and what stands in brackets. */
const names: Readonly<Record<DeliveryField, readonly string[]>> = {
  qr: ['qr', 'maqr', 'qrcode'],
  id: ['deveui', 'id', 'ma', 'mathietbi', 'device', 'deviceid', 'devicedeveui'],
  name: ['name', 'ten', 'tenthietbi', 'devicename'],
  site: ['site', 'diemdo', 'madiemdo', 'tendiemdo', 'tram'],
  profile: ['profile', 'hoso', 'hosothietbi', 'loai', 'loaithietbi', 'model', 'kieu'],
  joinEui: ['joineui', 'appeui'],
  appKey: ['appkey', 'khoa', 'khoaungdung'],
  serial: ['serial', 'serialnumber', 'soseri', 'soserial', 'sosery', 'sn'],
  latitude: ['latitude', 'lat', 'vido'],
  longitude: ['longitude', 'lon', 'lng', 'long', 'kinhdo'],
  altitude: ['altitude', 'docaomatbien', 'docaosovoimucnuocbien'],
  height: ['height', 'docao', 'docaolap', 'docaolapdat', 'chieucao'],
  datumOffset: ['datum', 'datumoffset', 'caotrinh', 'caodo', 'bucaotrinh'],
  plot: ['plot', 'thua', 'thuaruong', 'lo', 'lothua']
}

const fieldByName = new Map(deliveryFields.flatMap(field => names[field].map(name => [name, field] as const)))

/** @returns the field that the heading names, in Vietnamese or English; `undefined` if it names none. */
export function fieldOf(heading: string): DeliveryField | undefined {
  return fieldByName.get(plainName(heading))
}

/** No name that is looked for is longer. */
const longestName = 300

/** "Vĩ độ (°)" is `vido`; "Dev_EUI" is `deveui`. Of a very long text only the beginning counts. */
export function plainName(text: string): string {
  return text
    .slice(0, longestName)
    .replaceAll(/\([^()]*\)|\[[^[\]]*\]/g, '')
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('đ', 'd')
    .replaceAll(/[^a-z0-9]/g, '')
}
