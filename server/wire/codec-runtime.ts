import type { CodecRuntime } from '../../devices/codec/codec-runtime.ts'
import { QuickJsCodecRuntime } from '../../devices/codec/quickjs-codec-runtime.ts'
import type { Log } from '../../model/log.ts'

export function openCodecRuntime(log: Log): CodecRuntime {
  return new QuickJsCodecRuntime({ log })
}

/** For trying codecs out: one that has to be ended does not wait afterwards. */
export function openTrialRuntime(log: Log): CodecRuntime {
  return new QuickJsCodecRuntime({ log, suspension: { firstMs: 0, longestMs: 0 } })
}
