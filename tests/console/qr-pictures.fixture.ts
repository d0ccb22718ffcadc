import QRCode from 'qrcode'

const width = 640
const height = 480
const modulePx = 8
const quietModules = 4

/**
 * A video of one picture, for Chromium's stand-in for a camera: a QR code on a grey wall.
 *
 * @returns a file in the form YUV4MPEG2 (`.y4m`), 4:2:0.
 */
export function qrVideo(text: string): Buffer {
  const { modules } = QRCode.create(text, { errorCorrectionLevel: 'M' })
  const side = (modules.size + 2 * quietModules) * modulePx
  const [left, top] = [(width - side) >> 1, (height - side) >> 1]
  const luma = Buffer.alloc(width * height, 110)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [row, column] = [Math.floor(y / modulePx) - quietModules, Math.floor(x / modulePx) - quietModules]
      const isInside = row >= 0 && column >= 0 && row < modules.size && column < modules.size
      const isDark = isInside && modules.get(row, column) !== 0
      luma[(top + y) * width + left + x] = isDark ? 40 : 215
    }
  }
  const frame = Buffer.concat([Buffer.from('FRAME\n'), luma, Buffer.alloc((width * height) / 2, 128)])
  const head = Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420mpeg2\n`)
  return Buffer.concat([head, ...Array.from({ length: 10 }, () => frame)])
}

/** @returns a page of nothing but the label as a hand holds it before a phone: askew, grey, not filling the picture. */
export async function qrPhotoPage(text: string): Promise<string> {
  const svg = await QRCode.toString(text, { type: 'svg', margin: 4, color: { dark: '#333', light: '#ddd' } })
  const place = 'width:260px;margin:180px auto;transform:perspective(900px) rotateX(14deg) rotateZ(-11deg)'
  return `<body style="margin:0;background:#8a7f70"><div style="${place}">${svg}</div></body>`
}
