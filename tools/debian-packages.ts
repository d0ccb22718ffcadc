/** A program that the system tests start, and the Debian package that brings it. */
export interface DebianPackage {
  readonly name: string
  /** Looked for in the search path and in the system's own folders; what brings it does not matter. */
  readonly program: string
}

/** Everything that `npm test` needs besides Node: the one list. */
export const debianPackages: readonly DebianPackage[] = [
  { name: 'mosquitto', program: 'mosquitto' }, // a broker of somebody else's, for the connectors
  { name: 'mosquitto-clients', program: 'mosquitto_pub' }, // a device that is not written by us
  { name: 'chromium', program: 'chromium' }, // the console, as a person sees it
  { name: 'faketime', program: 'faketime' }, // a wall clock that jumps
  { name: 'openssl', program: 'openssl' }, // certificates for the TLS doors
  { name: 'fiu-utils', program: 'fiu-run' }, // system calls that fail when asked to
  { name: 'iproute2', program: 'ip' }, // a network of its own for a phone
  { name: 'curl', program: 'curl' } // requests in that network
]
