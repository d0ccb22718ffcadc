/**
 * The part of WebAssembly that the codec runtime uses. TypeScript declares it only in its browser library, which a server
 * must not see, and Node's own types leave it out.
 */
declare namespace WebAssembly {
  class Module {
    private readonly compiled: true
  }

  /** Sizes in pages of 64 KiB. */
  class Memory {
    readonly buffer: ArrayBuffer
    constructor(limits: { readonly initial: number; readonly maximum: number })
  }

  function compile(bytes: Uint8Array): Promise<Module>
}
