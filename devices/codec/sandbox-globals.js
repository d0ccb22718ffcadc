/*
 * What published codecs expect of their host beside the language: Buffer, console, module, TextDecoder, … Runs inside the
 * sandbox, before the codec. Written for the sandbox; it covers what codecs use and not all of Node's Buffer.
 */
;(function (global) {
  'use strict'
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

  function hexBytes(text) {
    const bytes = []
    for (let i = 0; i + 1 < text.length; i += 2) {
      const pair = text.slice(i, i + 2)
      if (!/^[0-9a-fA-F]{2}$/.test(pair)) break
      bytes.push(parseInt(pair, 16))
    }
    return bytes
  }

  function base64Bytes(text) {
    const bytes = []
    let bits = 0
    let held = 0
    for (let i = 0; i < text.length && text[i] !== '='; i++) {
      const digit = alphabet.indexOf(text[i] === '-' ? '+' : text[i] === '_' ? '/' : text[i])
      if (digit < 0) continue
      held = ((held << 6) | digit) & 0xffffff
      bits += 6
      if (bits >= 8) bytes.push((held >> (bits -= 8)) & 0xff)
    }
    return bytes
  }

  function base64Text(bytes) {
    let text = ''
    for (let i = 0; i < bytes.length; i += 3) {
      const three = (bytes[i] << 16) | ((bytes[i + 1] || 0) << 8) | (bytes[i + 2] || 0)
      text += alphabet[three >> 18] + alphabet[(three >> 12) & 63]
      text += i + 1 < bytes.length ? alphabet[(three >> 6) & 63] : '='
      text += i + 2 < bytes.length ? alphabet[three & 63] : '='
    }
    return text
  }

  function utf8Bytes(text) {
    const bytes = []
    for (const character of String(text)) {
      let code = character.codePointAt(0)
      if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd
      if (code < 0x80) bytes.push(code)
      else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63))
      else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63))
      else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63))
    }
    return bytes
  }

  function utf8Text(bytes) {
    let text = ''
    for (let i = 0; i < bytes.length;) {
      const first = bytes[i++]
      const more = first < 0x80 ? 0 : first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 : 3
      let code = first < 0x80 ? first : first & (0x3f >> more)
      let isValid = first < 0x80 || (first >= 0xc2 && first < 0xf5)
      for (let k = 0; isValid && k < more; k++) {
        if (i < bytes.length && (bytes[i] & 0xc0) === 0x80) code = (code << 6) | (bytes[i++] & 63)
        else isValid = false
      }
      const least = [0, 0x80, 0x800, 0x10000][more]
      if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) isValid = false
      text += isValid ? String.fromCodePoint(code) : '\ufffd'
    }
    return text
  }

  function codes(text, mask) {
    return Array.from(String(text), character => character.charCodeAt(0) & mask)
  }

  function textOfCodes(bytes, mask) {
    let text = ''
    for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i] & mask)
    return text
  }

  function utf16Bytes(text) {
    const bytes = []
    for (let i = 0; i < text.length; i++) bytes.push(text.charCodeAt(i) & 0xff, text.charCodeAt(i) >> 8)
    return bytes
  }

  function bytesOfText(text, encoding) {
    switch (String(encoding || 'utf8').toLowerCase()) {
      case 'hex':
        return hexBytes(text)
      case 'base64':
      case 'base64url':
        return base64Bytes(text)
      case 'ascii':
      case 'latin1':
      case 'binary':
        return codes(text, 0xff)
      case 'utf16le':
      case 'ucs2':
        return utf16Bytes(text)
      case 'utf8':
      case 'utf-8':
        return utf8Bytes(text)
      default:
        throw new TypeError('Unknown encoding: ' + encoding)
    }
  }

  class Bytes extends Uint8Array {
    toString(encoding, start, end) {
      const part = this.subarray(start || 0, end === undefined ? this.length : end)
      switch (String(encoding || 'utf8').toLowerCase()) {
        case 'hex':
          return Array.from(part, byte => byte.toString(16).padStart(2, '0')).join('')
        case 'base64':
          return base64Text(part)
        case 'base64url':
          return base64Text(part).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
        case 'ascii':
          return textOfCodes(part, 0x7f)
        case 'latin1':
        case 'binary':
          return textOfCodes(part, 0xff)
        case 'utf8':
        case 'utf-8':
          return utf8Text(part)
        default:
          throw new TypeError('Unknown encoding: ' + encoding)
      }
    }
    slice(start, end) {
      return this.subarray(start, end)
    }
    toJSON() {
      return { type: 'Buffer', data: Array.from(this) }
    }
    equals(other) {
      return this.length === other.length && this.every((byte, i) => byte === other[i])
    }
    copy(target, targetStart, start, end) {
      const part = this.subarray(start || 0, end === undefined ? this.length : end)
      const room = part.subarray(0, Math.max(0, target.length - (targetStart || 0)))
      target.set(room, targetStart || 0)
      return room.length
    }
    write(text, offset, length, encoding) {
      const at = typeof offset === 'number' ? offset : 0
      const name = [offset, length, encoding].find(value => typeof value === 'string')
      const bytes = bytesOfText(text, name).slice(0, typeof length === 'number' ? length : undefined)
      const room = bytes.slice(0, Math.max(0, this.length - at))
      this.set(room, at)
      return room.length
    }
    readUIntBE(offset, byteLength) {
      let value = 0
      for (let i = 0; i < byteLength; i++) value = value * 256 + byteAt(this, offset + i)
      return value
    }
    readUIntLE(offset, byteLength) {
      let value = 0
      for (let i = byteLength - 1; i >= 0; i--) value = value * 256 + byteAt(this, offset + i)
      return value
    }
    readIntBE(offset, byteLength) {
      return signed(this.readUIntBE(offset, byteLength), byteLength)
    }
    readIntLE(offset, byteLength) {
      return signed(this.readUIntLE(offset, byteLength), byteLength)
    }
    writeUIntBE(value, offset, byteLength) {
      for (let i = byteLength - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) this[offset + i] = rest
      return offset + byteLength
    }
    writeUIntLE(value, offset, byteLength) {
      for (let i = 0, rest = value; i < byteLength; i++, rest = Math.floor(rest / 256)) this[offset + i] = rest
      return offset + byteLength
    }
    writeIntBE(value, offset, byteLength) {
      return this.writeUIntBE(value < 0 ? value + 256 ** byteLength : value, offset, byteLength)
    }
    writeIntLE(value, offset, byteLength) {
      return this.writeUIntLE(value < 0 ? value + 256 ** byteLength : value, offset, byteLength)
    }
  }

  function byteAt(bytes, index) {
    if (!(index >= 0 && index < bytes.length)) throw new RangeError('The value of "offset" is out of range: ' + index)
    return bytes[index]
  }

  function signed(value, byteLength) {
    return value >= 256 ** byteLength / 2 ? value - 256 ** byteLength : value
  }

  /* readInt16BE, readUint16BE, writeFloatLE, …: all of them through a DataView. */
  const kinds = [
    ['Int8', 1, ['Int8']],
    ['Uint8', 1, ['UInt8', 'Uint8']],
    ['Int16', 2, ['Int16']],
    ['Uint16', 2, ['UInt16', 'Uint16']],
    ['Int32', 4, ['Int32']],
    ['Uint32', 4, ['UInt32', 'Uint32']],
    ['BigInt64', 8, ['BigInt64']],
    ['BigUint64', 8, ['BigUInt64', 'BigUint64']],
    ['Float32', 4, ['Float']],
    ['Float64', 8, ['Double']]
  ]
  for (const [type, size, names] of kinds) {
    for (const name of names) {
      for (const order of size === 1 ? [''] : ['LE', 'BE']) {
        const isLittle = order === 'LE'
        const view = bytes => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
        const methods = {
          ['read' + name + order]: function (offset) {
            return view(this)['get' + type](offset || 0, isLittle)
          },
          ['write' + name + order]: function (value, offset) {
            view(this)['set' + type](offset || 0, value, isLittle)
            return (offset || 0) + size
          }
        }
        for (const key of Object.keys(methods)) {
          Object.defineProperty(Bytes.prototype, key, { value: methods[key], writable: true, configurable: true })
        }
      }
    }
  }

  function bufferFrom(value, encoding, length) {
    if (typeof value === 'string') return new Bytes(bytesOfText(value, encoding))
    if (value instanceof ArrayBuffer) return new Bytes(value, encoding, length)
    if (value !== null && typeof value === 'object') {
      return new Bytes(value.type === 'Buffer' && Array.isArray(value.data) ? value.data : Array.from(value))
    }
    throw new TypeError('Buffer.from: the first argument must be text, an array or a buffer')
  }

  function Buffer(value, encoding, length) {
    return typeof value === 'number' ? new Bytes(value) : bufferFrom(value, encoding, length)
  }
  Buffer.prototype = Bytes.prototype
  Buffer.from = bufferFrom
  Buffer.alloc = function (size, fill, encoding) {
    const bytes = new Bytes(size)
    if (typeof fill === 'number') bytes.fill(fill)
    if (typeof fill === 'string' && fill !== '') {
      const pattern = bytesOfText(fill, encoding)
      for (let i = 0; i < size; i++) bytes[i] = pattern[i % pattern.length]
    }
    return bytes
  }
  Buffer.allocUnsafe = size => new Bytes(size)
  Buffer.isBuffer = value => value instanceof Bytes
  Buffer.byteLength = (text, encoding) => bytesOfText(text, encoding).length
  Buffer.concat = function (list, total) {
    const all = new Bytes(total === undefined ? list.reduce((sum, part) => sum + part.length, 0) : total)
    let at = 0
    for (const part of list) {
      all.set(part.subarray(0, Math.max(0, all.length - at)), at)
      at += part.length
      if (at >= all.length) break
    }
    return all
  }

  const silent = () => {}
  const console = {}
  for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir', 'table', 'assert', 'time', 'timeEnd']) {
    console[name] = silent
  }

  /* TextDecoder knows UTF-8 and Latin-1; a codec's bytes may be a plain list. */
  class TextDecoder {
    constructor(encoding) {
      this.encoding = String(encoding || 'utf-8').toLowerCase()
    }
    decode(bytes) {
      if (bytes === undefined) return ''
      const list = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes
      return this.encoding.startsWith('utf-8') ? utf8Text(list).replace(/^\ufeff/, '') : textOfCodes(list, 0xff)
    }
  }

  class TextEncoder {
    encode(text) {
      return new Uint8Array(utf8Bytes(text === undefined ? '' : text))
    }
  }

  /* There is no Intl here. Dates in words read as they do elsewhere by default: US English. The time is UTC. */
  const two = number => String(number).padStart(2, '0')
  const inWords = {
    toLocaleDateString() {
      return this.getMonth() + 1 + '/' + this.getDate() + '/' + this.getFullYear()
    },
    toLocaleTimeString() {
      const hours = this.getHours()
      const time = (hours % 12 || 12) + ':' + two(this.getMinutes()) + ':' + two(this.getSeconds())
      return time + (hours < 12 ? ' AM' : ' PM')
    },
    toLocaleString() {
      return isNaN(this) ? 'Invalid Date' : this.toLocaleDateString() + ', ' + this.toLocaleTimeString()
    }
  }
  for (const name of Object.keys(inWords)) {
    Object.defineProperty(Date.prototype, name, { value: inWords[name], writable: true, configurable: true })
  }

  /* Some publish for Node as well and end with `module.exports = …` or `exports.decodeUplink = …`. */
  const module = { exports: {} }

  const given = {
    Buffer,
    console,
    module,
    exports: module.exports,
    TextDecoder,
    TextEncoder,
    atob: text => textOfCodes(base64Bytes(String(text)), 0xff),
    btoa: text => base64Text(codes(text, 0xff))
  }
  for (const name of Object.keys(given)) {
    Object.defineProperty(global, name, { value: given[name], writable: true, configurable: true, enumerable: false })
  }
})(globalThis)
