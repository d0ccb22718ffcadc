import type { Grant } from '../../model/person.ts'
import type { CustomRole } from '../../storage/state/people-store.ts'
import { actions as allActions, isAction } from './actions.ts'
import type { Action } from './actions.ts'
import type { ActorGrant } from './authorise.ts'

/** A named set of actions. */
export interface Role {
  readonly id: string
  readonly name: { readonly vi: string; readonly en: string }
  readonly actions: ReadonlySet<Action>
  readonly isBuiltIn: boolean
}

const builtIn: readonly Role[] = [
  role(
    'administrator',
    'Quản trị',
    'Administrator',
    allActions.map(({ id }) => id)
  ),
  role('operator', 'Trực vận hành', 'Operator', [
    'read',
    'export',
    'observe',
    'command',
    'acknowledge',
    'observe-system'
  ]),
  role('technician', 'Kỹ thuật viên', 'Technician', [
    'read',
    'observe',
    'acknowledge',
    'manage-devices',
    'observe-system'
  ]),
  role('farmer', 'Nông dân', 'Farmer', ['read', 'observe', 'command', 'acknowledge']),
  role('viewer', 'Người xem', 'Viewer', ['read', 'export', 'observe-system']),
  role('reporter', 'Người báo cáo', 'Reporter', ['read', 'export', 'report']),
  role('auditor', 'Kiểm toán', 'Auditor', ['read', 'read-audit', 'observe-system']),
  role('ingest', 'Máy gửi số liệu', 'Ingesting program', ['ingest'])
]

function role(id: string, vi: string, en: string, actions: readonly Action[]): Role {
  return { id, name: { vi, en }, actions: new Set(actions), isBuiltIn: true }
}

/** Every role by its id: those that ship with Sen, and those that administrators defined. In memory. */
export class RoleBook {
  readonly #roles = new Map(builtIn.map(one => [one.id, one]))
  readonly #listeners: (() => void)[] = []
  #version = 0

  constructor(custom: Iterable<CustomRole> = []) {
    for (const one of custom) this.put(one)
  }

  /** Grows with each change. */
  get version(): number {
    return this.#version
  }

  /** Tells of every change. */
  onChanged(listener: () => void): void {
    this.#listeners.push(listener)
  }

  /** The roles behind grants; a role that is gone grants nothing. */
  resolve(grants: readonly Grant[]): readonly ActorGrant[] {
    return grants.flatMap(({ role: id, organisation }) => {
      const found = this.#roles.get(id)
      return found ? [{ role: found, organisation }] : []
    })
  }

  get(id: string): Role | undefined {
    return this.#roles.get(id)
  }

  all(): readonly Role[] {
    return [...this.#roles.values()]
  }

  /** Actions that this program does not know are left out: a newer one may have defined them. */
  put({ id, name, actions }: CustomRole): void {
    if (this.#roles.get(id)?.isBuiltIn) return
    this.#roles.set(id, { id, name, actions: new Set(actions.filter(isAction)), isBuiltIn: false })
    this.#changed()
  }

  remove(id: string): void {
    if (this.#roles.get(id)?.isBuiltIn) return
    this.#roles.delete(id)
    this.#changed()
  }

  #changed(): void {
    this.#version++
    for (const listener of this.#listeners) listener()
  }
}
