import { hostname, networkInterfaces } from 'node:os'

/** Under what names and addresses others may reach this machine. */
export interface MachineNames {
  readonly names: readonly string[]
  readonly addresses: readonly string[]
}

/** @returns the machine's host name, also as neighbours find it by mDNS (`.local`), and its addresses in its networks. */
export function machineNames(): MachineNames {
  const host = hostname().toLowerCase()
  const isName = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(host)
  const names = !isName || host === 'localhost' ? [] : host.includes('.') ? [host] : [host, `${host}.local`]
  const addresses = Object.values(networkInterfaces()).flatMap(interfaces =>
    // Addresses of one link (fe80::…) need a zone, which no link in a page can carry.
    (interfaces ?? [])
      .filter(({ internal, address }) => !internal && !/^fe[89ab]/i.test(address))
      .map(one => one.address)
  )
  return { names, addresses: [...new Set(addresses)] }
}
