import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { basename } from 'node:path'

/**
 * Lets the other threads of the machine go first: this one takes the processor's idle time, and a tenth of a core where there
 * is none. Devices come first. Linux keeps a priority for each thread, by its own number; elsewhere nothing happens.
 */
export function goBehindOthers(): void {
  if (process.platform === 'linux') setPriority(Number(basename(readlinkSync('/proc/thread-self'))), niceness)
}

const niceness = 10
