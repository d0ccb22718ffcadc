/** W3C Shape Detection API, as far as it is used here; browsers on Android and ChromeOS have it. */
interface BarcodeDetector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>
}
declare const BarcodeDetector: (new (options: { formats: string[] }) => BarcodeDetector) | undefined

const lookEveryMs = 200

/** Whether this browser can read QR codes by itself. */
export function canScan(): boolean {
  return typeof BarcodeDetector !== 'undefined' && typeof navigator.mediaDevices?.getUserMedia === 'function'
}

/** Looks through the camera until there is a QR code. @returns its text; `undefined` if `signal` ended it. */
export async function scan(video: HTMLVideoElement, signal: AbortSignal): Promise<string | undefined> {
  if (typeof BarcodeDetector === 'undefined') return undefined
  const detector = new BarcodeDetector({ formats: ['qr_code'] })
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
  try {
    video.srcObject = stream
    await video.play()
    while (!signal.aborted) {
      const [found] = await detector.detect(video)
      if (found) return found.rawValue
      await new Promise(resolve => setTimeout(resolve, lookEveryMs))
    }
    return undefined
  } finally {
    for (const track of stream.getTracks()) track.stop()
    video.srcObject = null
  }
}
