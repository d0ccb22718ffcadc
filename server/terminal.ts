import { isatty } from 'node:tty'

/**
 * @returns whether a person looks at this process in a terminal. Then SIGHUP says that the terminal is gone; without one
 *   it comes from a service manager, which asks to read certificates again.
 */
export function isOnTerminal(): boolean {
  return [0, 1, 2].some(stream => isatty(stream))
}
