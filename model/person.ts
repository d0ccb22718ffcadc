import { z } from 'zod'
import { organisationId } from './ids.ts'

/** A role's name: one that ships with Sen, or one that an administrator defined. */
export const roleId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be lower-case letters, digits or "-", at most 40')

/** A role on the subtree of an organisation. */
export const grant = z.object({ role: roleId, organisation: organisationId })
export type Grant = Readonly<z.infer<typeof grant>>

/** What kind of account it is (TCVN 14423:2026, 5.6.1: kinds are kept apart, each account tied to one person). */
export const accountKind = z.enum(['administrator', 'operational', 'technical', 'service'])
export type AccountKind = z.infer<typeof accountKind>

/** `invited`: has not been in yet; `disabled`: may not come in, with the reason in the audit log. */
export type PersonState = 'invited' | 'active' | 'disabled'

const line = (most: number) =>
  z
    .string()
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not hold control characters')
    .trim()
    .min(1)
    .max(most)

export const personName = line(120)
/** What a person types to log in: compared without regard to case. */
export const loginName = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}._@-]{1,63}$/u, 'must be 2 to 64 letters, digits, ".", "_", "@" or "-"')
/** E.164, or Vietnamese national form (`0912 345 678`), which is stored as `+84912345678`. */
export const phoneNumber = z
  .string()
  .transform(text => text.replace(/[\s.()-]/g, '').replace(/^0/, '+84'))
  .pipe(z.string().regex(/^\+[1-9]\d{7,14}$/, 'must be a phone number, for example 0912 345 678'))
export const mailAddress = z.email().max(200)

/** What administrators see and set of a person. */
export interface Person {
  readonly id: number
  readonly name: string
  readonly login: string | undefined
  readonly phone: string | undefined
  readonly email: string | undefined
  readonly kind: AccountKind
  /** The unit the person belongs to. */
  readonly organisation: string
  readonly state: PersonState
  readonly grants: readonly Grant[]
  readonly createdAt: number
  readonly lastSeenAt: number | undefined
}
