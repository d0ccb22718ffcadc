import { object, optional, text } from './shape.ts'

/** A role on an organisation and all below it. */
export const grant = object({ role: text, organisation: text, organisationName: optional(text) })
export type Grant = ReturnType<typeof grant>

/** A grant as it is asked for. */
export interface WantedGrant {
  readonly role: string
  readonly organisation: string
}
