import { runInThisContext } from 'node:vm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLog } from '../../model/log.ts'
import { QuickJsCodecRuntime } from './quickjs-codec-runtime.ts'

const runtime = new QuickJsCodecRuntime({ log: silentLog })
beforeAll(() => runtime.start())
afterAll(() => runtime.stop())

const expressions = [
  'Buffer.from([1, 255, 256, -1]).toString("hex")',
  'Buffer.from("0a0Bff zz", "hex").toString("hex")',
  'Buffer.from("abc", "hex").length',
  'Buffer.from("Nghệ An 🌱").toString("hex")',
  'Buffer.from("4e6768e1bb87f09f8cb1", "hex").toString()',
  'Buffer.from([0xff, 0x41, 0xc3, 0x28, 0xed, 0xa0, 0x80]).toString().replace(/\\ufffd+/g, "?")',
  'Buffer.from("SGVsbG8-_w", "base64").toString("hex")',
  'Buffer.from("SGVsbG8=", "base64").toString("utf8")',
  '[0, 1, 2, 3, 4].map(n => Buffer.from([9, 250, 3, 255].slice(0, n)).toString("base64"))',
  'Buffer.from([250, 251, 252]).toString("base64url")',
  'Buffer.from([200, 65]).toString("latin1") + Buffer.from("é", "binary").toString("hex")',
  'Buffer.from([200, 65]).toString("ascii")',
  'Buffer.from([1, 2, 3]).slice(1).toString("hex")',
  'Buffer.from([1, 2, 3]).subarray(-2) instanceof Buffer',
  'new Buffer([1, 2]).toString("hex") + new Buffer("0102", "hex").length + Buffer(3).length',
  '[new Buffer(2) instanceof Buffer, Buffer.isBuffer(Buffer.alloc(1)), Buffer.isBuffer([1])]',
  'Buffer.alloc(5, "ab").toString() + Buffer.alloc(2, 7).toString("hex") + Buffer.byteLength("ệ")',
  'Buffer.concat([Buffer.from([1]), Buffer.from([2, 3])]).toString("hex")',
  'Buffer.concat([Buffer.from([1]), Buffer.from([2, 3])], 2).toString("hex")',
  'JSON.stringify({ b: Buffer.from([1, 2]) })',
  'Buffer.from([1, 2]).equals(Buffer.from([1, 2]))',
  'Buffer.from({ type: "Buffer", data: [4, 5] }).toString("hex")',
  'Buffer.from(new Uint16Array([1, 300])).toString("hex")',
  'Buffer.from([1, 2, 3]).readUIntBE(0, 3) + Buffer.from([1, 2, 3]).readUIntLE(0, 3)',
  '[Buffer.from([255, 254, 253]).readIntBE(0, 3), Buffer.from([255, 254, 253]).readIntLE(0, 3)]',
  '["BE", "LE"].flatMap(o => ["Int16", "UInt16", "Uint16", "Int32", "UInt32", "Float"].map(n => Buffer.from([193, 72, 128, 3])["read" + n + o](0)))',
  '["BE", "LE"].map(o => Buffer.from([64, 9, 33, 251, 84, 68, 45, 24])["readDouble" + o](0))',
  'String(Buffer.from([1, 0, 0, 0, 0, 0, 0, 128]).readBigUInt64LE(0))',
  '[Buffer.from([200]).readInt8(0), Buffer.from([200]).readUInt8(0), Buffer.from([200]).readUInt8()]',
  '(() => { const b = Buffer.alloc(9); b.writeUInt16BE(513, 0); b.writeInt32LE(-2, 2); b.writeUIntBE(70000, 6, 3); return b.toString("hex") })()',
  '(() => { const b = Buffer.alloc(6); b.writeFloatBE(-12.5, 0); return b.writeInt8(-1, 4) + b.toString("hex") })()',
  '(() => { const b = Buffer.alloc(4); return b.write("abcdef", 1) + b.toString() })()',
  '(() => { const b = Buffer.alloc(4); return Buffer.from([1, 2, 3]).copy(b, 2) + b.toString("hex") })()',
  '(() => { try { Buffer.from([1]).readUInt16BE(0) } catch (e) { return e.name } })()',
  '(() => { try { Buffer.from([1]).readUIntBE(0, 2) } catch (e) { return e.name } })()',
  '(() => { try { Buffer.from(5) } catch (e) { return e.name } })()',
  '[atob("SGVsbG8="), btoa("Hello"), btoa(""), atob("/+8=").length]',
  'typeof console.log + typeof console.error + typeof console.warn'
]

test.each(expressions)('answers as Node does: %s', async expression => {
  const ofNode: unknown = JSON.parse(JSON.stringify(runInThisContext(expression)))
  const source = `function decodeUplink() { return { data: ${expression} } }`

  const results = await runtime.run([
    { codec: { id: expression, source }, function: 'decode', input: { bytes: [], fPort: 1 } }
  ])

  expect(results).toEqual([{ ok: true, output: { data: ofNode } }])
})
