import type { AuditEntry } from '../model/audit.ts'
import type { Connector, ConnectorChange, StateStore } from '../storage/state/state-store.ts'
import type { KeyFile } from './auth/key-file.ts'

/** What is sealed for a connector can be opened as that connector's only. */
const sealedFor = (name: string): string => `connector:${name}`

/** @returns what of `change` is secret, sealed with the newest key. */
export function sealed(
  keys: KeyFile,
  name: string,
  { url, secrets }: Pick<ConnectorChange, 'url' | 'secrets'>
): Pick<ConnectorChange, 'url' | 'secrets'> {
  const seal = (text: string) => keys.seal(text, sealedFor(name))
  return { ...(url !== undefined && { url: seal(url) }), ...(secrets !== undefined && { secrets: seal(secrets) }) }
}

/** @returns the connector with what was sealed readable. */
export function unsealed(keys: KeyFile, connector: Connector): Connector {
  const { name, url, secrets } = connector
  return {
    ...connector,
    url: url && keys.unseal(url, sealedFor(name)),
    secrets: secrets && keys.unseal(secrets, sealedFor(name))
  }
}

/** Seals with the present key what an earlier version kept as it was, or an older key sealed. */
export async function sealAll(keys: KeyFile, state: Pick<StateStore, 'connectors' | 'changeConnector'>): Promise<void> {
  for (const { name, url, secrets } of await state.connectors()) {
    const stale = (text: string | undefined) => {
      if (text === undefined || keys.isFresh(text)) return undefined
      return text.startsWith('sealed:') ? keys.unseal(text, sealedFor(name)) : text
    }
    const change = sealed(keys, name, { url: stale(url), secrets: stale(secrets) })
    if (Object.keys(change).length > 0) await state.changeConnector(name, change)
  }
}

/** For the audit log: to whom the connection belongs, and what of it is no secret, before and after. */
export function connectorValues(
  { organisation, isPaused, options }: Connector,
  change: ConnectorChange
): Pick<AuditEntry, 'organisation' | 'before' | 'after'> {
  const before = { isPaused, options }
  const after = { isPaused: change.isPaused ?? isPaused, options: change.options ?? options }
  return { organisation, before, after }
}
