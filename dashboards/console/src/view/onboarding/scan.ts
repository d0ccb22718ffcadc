/** W3C Shape Detection API, as far as it is used here; browsers on Android, ChromeOS and macOS have it. */
interface BarcodeDetector {
  detect(source: Picture): Promise<readonly { readonly rawValue: string }[]>
}
declare const BarcodeDetector:
  | {
      new (options: { formats: string[] }): BarcodeDetector
      getSupportedFormats(): Promise<readonly string[]>
    }
  | undefined

type Picture = HTMLVideoElement | ImageBitmap
/** @returns the text of a QR code in the picture; `undefined` if none is seen. */
type ReadCode = (picture: Picture) => Promise<string | undefined>

const lookEveryMs = 200
/** A code that is held before the camera fills enough of this; more pixels only take longer. */
const longestFramePx = 1_024
const longestPhotoPx = 2_400
/** Time for tries beyond the first, ms. */
const photoPatienceMs = 1_500
const framePatienceMs = 60

/** Whether this browser would let the page look through a camera: not on pages without TLS. */
export function hasCamera(): boolean {
  return typeof navigator.mediaDevices?.getUserMedia === 'function'
}

/**
 * Looks through the camera until there is a QR code. Rejects with a `DOMException` if there is no camera, or it is refused.
 *
 * @returns its text; `undefined` if `signal` ended it.
 */
export async function scan(video: HTMLVideoElement, signal: AbortSignal): Promise<string | undefined> {
  const read = (await browsersReader()) ?? (await ownReader(longestFramePx, framePatienceMs))
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
  try {
    video.srcObject = stream
    await video.play()
    while (!signal.aborted) {
      const found = await read(video)
      if (found !== undefined) return found
      await new Promise(resolve => setTimeout(resolve, lookEveryMs))
    }
    return undefined
  } finally {
    for (const track of stream.getTracks()) track.stop()
    video.srcObject = null
  }
}

/** @returns the text of the QR code on a photo; `undefined` if none is seen, or the file is no picture. */
export async function readPhoto(photo: Blob): Promise<string | undefined> {
  const picture = await createImageBitmap(photo).catch(() => undefined)
  if (!picture) return undefined
  try {
    const theirs = await browsersReader()
    const found = await theirs?.(picture)
    return found ?? (await (await ownReader(longestPhotoPx, photoPatienceMs))(picture))
  } finally {
    picture.close()
  }
}

/** What the browser brings along; `undefined` where it brings nothing, or what it has knows no QR codes. */
async function browsersReader(): Promise<ReadCode | undefined> {
  if (typeof BarcodeDetector === 'undefined') return undefined
  const formats = await BarcodeDetector.getSupportedFormats().catch((): readonly string[] => [])
  if (!formats.includes('qr_code')) return undefined
  const detector = new BarcodeDetector({ formats: ['qr_code'] })
  return async picture => {
    // Some devices have it in name only.
    const [found] = await detector.detect(picture).catch(() => [])
    return found?.rawValue
  }
}

/** Fetched when it is needed: most people never scan. */
async function ownReader(longestPx: number, timeLimit: number): Promise<ReadCode> {
  const { decodeQR } = await import('qr/decode.js')
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d', { willReadFrequently: true })
  return async picture => {
    const [wide, high] =
      picture instanceof HTMLVideoElement ? [picture.videoWidth, picture.videoHeight] : [picture.width, picture.height]
    if (!context || wide === 0 || high === 0) return undefined
    const scale = Math.min(1, longestPx / Math.max(wide, high))
    canvas.width = Math.round(wide * scale)
    canvas.height = Math.round(high * scale)
    context.drawImage(picture, 0, 0, canvas.width, canvas.height)
    try {
      return decodeQR(context.getImageData(0, 0, canvas.width, canvas.height), { timeLimit })
    } catch {
      // So it says that it sees none.
      return undefined
    }
  }
}
