import { readFileSync } from 'node:fs'
import { newQuickJSWASMModuleFromVariant, newVariant, RELEASE_SYNC } from 'quickjs-emscripten'
import type { QuickJSContext, QuickJSHandle, QuickJSRuntime, QuickJSWASMModule } from 'quickjs-emscripten'
import type { CodecFunction, CodecPurpose } from './codec-runtime.ts'
import { answerTag, codecLimits } from './codec-messages.ts'
import { CpuDeadline } from './cpu-deadline.ts'

const globalsSource = readFileSync(new URL('./sandbox-globals.js', import.meta.url), 'utf8')
const harnessSource = readFileSync(new URL('./sandbox-harness.js', import.meta.url), 'utf8')

/** Published codecs were written against one of these; the first that a codec has is the one `decode` or `encode` means. */
const shapes: Readonly<Record<'decode' | 'encode', readonly CodecFunction[]>> = {
  decode: ['decodeUplink', 'Decoder', 'Decode'],
  encode: ['encodeDownlink', 'Encoder', 'Encode']
}

const moduleSyntax = /^\s*(?:import|export)\b/m
/** A module's functions are seen from inside it alone: this stands at its end and hands them out, the default export too. */
const moduleExports = `;import * as exportedByThisCodec from 'codec.js'
module.exports.default = exportedByThisCodec.default
;{
  ${[...shapes.decode, ...shapes.encode, 'decodeDownlink', 'normalizeUplink']
    .map(name => `if (typeof ${name} === 'function') module.exports.${name} = ${name}`)
    .join('\n')}
}`

const pageBytes = 65_536
/** Memory this close to its maximum counts as used up. */
const memorySlackBytes = 2 * 1024 * 1024

interface SandboxedCodec {
  readonly id: string
  readonly source: string
  readonly isStateful: boolean
}

interface Realm {
  readonly runtime: QuickJSRuntime
  readonly context: QuickJSContext
  readonly bind: QuickJSHandle
  readonly describe: QuickJSHandle
  readonly callables: Map<CodecPurpose, QuickJSHandle>
  /** Whether the codec's script has run. */
  isLoaded: boolean
}

/** Either what a step gave, or the answer that stands instead. */
type Step<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly answer: string }

/**
 * One codec version in a WASM instance of its own, whose memory has a maximum: what it does to its memory or its globals
 * no other codec sees. Its context stays warm between calls, or is made anew for each call of a stateful codec.
 *
 * Synchronous: a call that QuickJS cannot interrupt holds the thread until someone ends it from outside.
 */
export class CodecSandbox {
  readonly #codec: SandboxedCodec
  readonly #module: QuickJSWASMModule
  readonly #memory: WebAssembly.Memory
  readonly #deadline = new CpuDeadline(codecLimits.cpuMs)
  #realm: Realm | undefined
  /** The answer to every call of a codec whose script cannot even be read. */
  #loadError: string | undefined
  #isSpent = false

  private constructor(codec: SandboxedCodec, module: QuickJSWASMModule, memory: WebAssembly.Memory) {
    this.#codec = codec
    this.#module = module
    this.#memory = memory
  }

  static async create(codec: SandboxedCodec, wasm: WebAssembly.Module): Promise<CodecSandbox> {
    const wasmMemory = new WebAssembly.Memory({ initial: 256, maximum: codecLimits.memoryPages })
    const module = await newQuickJSWASMModuleFromVariant(newVariant(RELEASE_SYNC, { wasmModule: wasm, wasmMemory }))
    return new CodecSandbox(codec, module, wasmMemory)
  }

  /** Whether this sandbox ran out of time or memory and must be thrown away, its instance with it. */
  get isSpent(): boolean {
    return this.#isSpent
  }

  /**
   * Opens the context in which the next call runs: Sen's own code only, so no deadline counts it.
   * @throws Error if the engine gives up.
   */
  prepare(): void {
    this.#realm ??= this.#open()
  }

  /** @param input - JSON. @returns an answer (see `answerTag`); never throws for what the codec does. */
  call(name: CodecPurpose, input: string): string {
    if (this.#loadError !== undefined) return this.#loadError
    this.prepare()
    const realm = this.#realm
    if (realm === undefined) return `${answerTag.error}InternalError: the engine gave up`
    this.#deadline.start()
    try {
      const answer = this.#callIn(realm, name, input)
      if (this.#codec.isStateful && !this.#isSpent) this.#close(realm)
      return answer
    } catch (error) {
      // The engine itself gave up (a trap, the host's stack): nothing in this instance can be trusted any more.
      this.#isSpent = true
      return this.#deadline.hasFired ? answerTag.timeout : `${answerTag.error}${String(error)}`
    }
  }

  #callIn(realm: Realm, name: CodecPurpose, input: string): string {
    if (!realm.isLoaded) {
      const loaded = this.#load(realm)
      if (!loaded.ok) {
        if (!this.#isSpent) this.#loadError = loaded.answer
        return loaded.answer
      }
      loaded.value.dispose()
      realm.isLoaded = true
    }
    const bound = this.#callableOf(realm, name)
    return bound.ok ? this.#invoke(realm, bound.value, input) : bound.answer
  }

  /** Runs the codec's script. One that imports or exports is no script: it runs as a module. */
  #load({ context, describe }: Realm): Step<QuickJSHandle> {
    const { source } = this.#codec
    const loaded = this.#evaluate(context, source, 'codec.js', describe)
    const isModule =
      !loaded.ok && loaded.answer.startsWith(`${answerTag.error}SyntaxError`) && moduleSyntax.test(source)
    if (!isModule) return loaded
    const type = 'module'
    return this.#take(context, context.evalCode(`${source}\n${moduleExports}`, 'codec.js', { type }), describe)
  }

  #invoke({ context }: Realm, callable: QuickJSHandle, input: string): string {
    const argument = context.newString(input)
    const step = this.#take(context, context.callFunction(callable, context.undefined, argument))
    argument.dispose()
    if (!step.ok) return step.answer
    const answer = context.getString(step.value)
    step.value.dispose()
    if (answer === answerTag.memory) this.#isSpent = true
    return answer
  }

  #open(): Realm {
    this.#deadline.start()
    const runtime = this.#module.newRuntime()
    runtime.setMaxStackSize(codecLimits.stackBytes)
    const context = runtime.newContext()
    context.unwrapResult(context.evalCode(globalsSource, 'sandbox-globals.js', { type: 'global' })).dispose()
    const harness = context.unwrapResult(
      context.evalCode(`${harnessSource}(${codecLimits.outputLength})`, 'sandbox-harness.js', { type: 'global' })
    )
    const bind = context.getProp(harness, 'bind')
    const describe = context.getProp(harness, 'describe')
    harness.dispose()
    runtime.setModuleLoader(moduleSource)
    runtime.setInterruptHandler(() => this.#deadline.isOver())
    return { runtime, context, bind, describe, callables: new Map(), isLoaded: false }
  }

  #close(realm: Realm): void {
    this.#realm = undefined
    for (const callable of realm.callables.values()) callable.dispose()
    realm.bind.dispose()
    realm.describe.dispose()
    realm.context.dispose()
    realm.runtime.dispose()
  }

  #callableOf(realm: Realm, name: CodecPurpose): Step<QuickJSHandle> {
    const known = realm.callables.get(name)
    if (known !== undefined) return { ok: true, value: known }
    const { context } = realm
    const candidates =
      name === 'decode' || name === 'encode'
        ? shapes[name]
        : [name === 'decodeNormalised' ? ('normalizeUplink' as const) : name]
    for (const candidate of candidates) {
      const lookup = name === 'decodeNormalised' ? normalisedLookup : lookupOf(candidate)
      const found = this.#evaluate(context, lookup, 'lookup.js', realm.describe)
      if (!found.ok) return found
      if (context.typeof(found.value) === 'undefined') continue

      const title = context.newString(candidate)
      const bound = this.#take(context, context.callFunction(realm.bind, context.undefined, found.value, title))
      title.dispose()
      found.value.dispose()
      if (bound.ok) realm.callables.set(name, bound.value)
      return bound
    }
    const wanted =
      candidates.length > 1
        ? `none of ${candidates.slice(0, -1).join(', ')} and ${candidates.at(-1)}`
        : `no function ${candidates[0]}`
    return { ok: false, answer: `${answerTag.error}ReferenceError: the codec has ${wanted}` }
  }

  #evaluate(context: QuickJSContext, source: string, file: string, describe?: QuickJSHandle): Step<QuickJSHandle> {
    return this.#take(context, context.evalCode(source, file, { type: 'global' }), describe)
  }

  #take(
    context: QuickJSContext,
    result: ReturnType<QuickJSContext['evalCode']>,
    describe?: QuickJSHandle
  ): Step<QuickJSHandle> {
    if (result.error === undefined) return { ok: true, value: result.value }
    const answer = this.#answerOf(context, result.error, describe)
    result.error.dispose()
    if (answer === answerTag.timeout || answer === answerTag.memory) this.#isSpent = true
    return { ok: false, answer }
  }

  /** The error is the codec's object: only the sandbox's own `describe` may look into it, within the deadline. */
  #answerOf(context: QuickJSContext, error: QuickJSHandle, describe: QuickJSHandle | undefined): string {
    if (this.#deadline.hasFired) return answerTag.timeout
    if (describe !== undefined) {
      const described = context.callFunction(describe, context.undefined, error)
      if (described.error === undefined) return takeText(context, described.value)
      described.error.dispose()
      if (this.#deadline.hasFired) return answerTag.timeout
    }
    return this.#isMemoryUsedUp() ? answerTag.memory : `${answerTag.error}InternalError: the engine gave up`
  }

  #isMemoryUsedUp(): boolean {
    return this.#memory.buffer.byteLength + memorySlackBytes >= codecLimits.memoryPages * pageBytes
  }
}

/**
 * Looks a function up as the script's own code would (`const decodeUplink = …` is no property of the global object), then
 * in what the script exports.
 */
function lookupOf(name: CodecFunction): string {
  return `(() => {
    if (typeof ${name} === 'function') return ${name}
    const homes = [typeof module === 'object' && module && module.exports, typeof exports === 'object' && exports]
    if (typeof driver !== 'undefined') homes.push(driver)
    for (const home of homes) {
      if (!home) continue
      for (const owner of [home, home.default, home.driver]) {
        if (owner && typeof owner.${name} === 'function') return owner.${name}.bind(owner)
      }
    }
  })()`
}

/**
 * `decodeUplink`, then `normalizeUplink` with its data. The Things Stack takes one measurement or a list of them: of several,
 * each with a time of its own, the list comes as `measurements`, for a profile's `history`.
 * Source: The Things Stack, payload formatters, "Normalized payload".
 */
const normalisedLookup = `(() => {
  const decode = ${lookupOf('decodeUplink')}
  const normalise = ${lookupOf('normalizeUplink')}
  if (!decode || !normalise) return undefined
  return input => {
    const decoded = decode(input)
    if (decoded === null || typeof decoded !== 'object' || (decoded.errors || []).length > 0) return decoded
    const normalised = normalise({ data: 'data' in decoded ? decoded.data : decoded })
    if (normalised === null || typeof normalised !== 'object') return normalised
    const { data } = normalised
    return {
      ...normalised,
      data: Array.isArray(data) ? (data.length === 1 ? data[0] : { measurements: data }) : data,
      warnings: [...(decoded.warnings || []), ...(normalised.warnings || [])]
    }
  }
})()`

/** What a codec may import: the one module that ChirpStack gives. */
function moduleSource(name: string): string | { error: Error } {
  if (name === 'buffer' || name === 'node:buffer') return 'export const Buffer = globalThis.Buffer'
  return { error: new Error(`there is no module "${name.slice(0, 60)}"`) }
}

function takeText(context: QuickJSContext, handle: QuickJSHandle): string {
  const text = context.getString(handle)
  handle.dispose()
  return text
}
