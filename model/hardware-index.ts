import type { Device } from './registry.ts'

/** Which device each radio speaks for, where it is not the device's own id; a fold of the registry's changes. */
export class HardwareIndex {
  readonly #present = new Map<string, string>()
  readonly #former = new Map<string, string>()

  /** Takes a device's new value in place of the one before; `undefined`: there is none. */
  replace(before: Device | undefined, after: Device | undefined): void {
    if (before?.hardware !== undefined && this.#present.get(before.hardware) === before.id) {
      this.#present.delete(before.hardware)
    }
    for (const hardware of before?.formerHardware ?? []) {
      if (this.#former.get(hardware) === before?.id) this.#former.delete(hardware)
    }
    if (!after) return
    if (after.hardware !== undefined) this.#present.set(after.hardware, after.id)
    for (const hardware of after.formerHardware ?? []) this.#former.set(hardware, after.id)
  }

  /** @returns the id of the device whose radio this is. */
  speaksFor(hardware: string): string | undefined {
    return this.#present.get(hardware)
  }

  /** @returns the id of the device whose radio this was. */
  spokeFor(hardware: string): string | undefined {
    return this.#former.get(hardware)
  }
}
