/*
 * Runs inside the sandbox before the codec, so that what it captures here is the engine's own. Its value: an object of
 * `bind(function, name)`, which gives a function from input JSON to an answer (see codec-messages.ts), and `describe(error)`.
 */
;(function (outputLength) {
  'use strict'
  const { parse, stringify } = JSON
  const { isArray, from } = Array
  const { hasOwn, keys } = Object
  const { isFinite } = Number
  const Text = String
  const Time = Date
  const Later = Promise
  const Bytes = Uint8Array
  const EngineError = InternalError

  function describe(error) {
    try {
      if (error instanceof EngineError && error.message === 'out of memory') return 'M'
      if (error === null || typeof error !== 'object') return 'E' + Text(error)
      return 'E' + Text(error.name || 'Error') + ': ' + Text(error.message).slice(0, 300)
    } catch (_) {
      return 'EError: threw what cannot be shown'
    }
  }

  function marked(_key, value) {
    if (typeof value === 'number' && !isFinite(value)) return '\u0000' + value
    if (typeof value === 'string' && value[0] === '\u0000') return '\u0000' + value
    return value
  }

  /* Older decoders return the bare data. Some hand on what their own decodeUplink returned. */
  function isWrapped(output) {
    if (isArray(output) || (!hasOwn(output, 'data') && !hasOwn(output, 'errors'))) return false
    const names = keys(output)
    for (let i = 0; i < names.length; i++) {
      if (names[i] !== 'data' && names[i] !== 'warnings' && names[i] !== 'errors') return false
    }
    return true
  }

  /* So do some that call themselves decodeUplink, where TS013 asks for {data}. */
  function isBare(output) {
    return !hasOwn(output, 'data') && !hasOwn(output, 'errors') && !hasOwn(output, 'warnings')
  }

  function invoke(codec, name, input) {
    if (name === 'Decoder') return codec(input.bytes, input.fPort, input.variables)
    if (name === 'Decode') return codec(input.fPort, input.bytes, input.variables)
    if (name === 'Encoder') return codec(input.data, input.fPort)
    if (name === 'Encode') return codec(input.fPort, input.data, input.variables)
    if (hasOwn(input, 'recvTime')) input.recvTime = new Time(input.recvTime)
    return codec(input)
  }

  function answer(codec, name, text) {
    let output = invoke(codec, name, parse(text))
    if ((name === 'Encoder' || name === 'Encode') && (isArray(output) || output instanceof Bytes))
      output = { bytes: output }
    if (output === null || typeof output !== 'object') {
      return 'EError: ' + name + ' returned ' + (output === null ? 'null' : typeof output) + ', not an object'
    }
    if (output instanceof Later) return 'EError: ' + name + ' returned a promise'
    if ((name === 'Decoder' || name === 'Decode') && !isWrapped(output)) output = { data: output }
    else if (isArray(output)) return 'EError: ' + name + ' returned an array, not an object'
    else if ((name === 'decodeUplink' || name === 'decodeDownlink') && isBare(output)) output = { data: output }
    if (output.bytes instanceof Bytes) output.bytes = from(output.bytes)

    let tag = 'J'
    let json = stringify(output)
    if (typeof json !== 'string') return 'EError: ' + name + ' returned what is not JSON'
    if (json.includes('null')) {
      tag = 'N'
      json = stringify(output, marked)
    }
    if (json.length > outputLength) {
      return 'EError: ' + name + ' returned ' + json.length + ' characters, at most ' + outputLength + ' are taken'
    }
    return tag + json
  }

  return {
    describe,
    bind(codec, name) {
      return function (text) {
        try {
          return answer(codec, name, text)
        } catch (error) {
          return describe(error)
        }
      }
    }
  }
})
