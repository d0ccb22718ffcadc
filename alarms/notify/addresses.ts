/** What the addresses of a recipient look like: they go into requests of others, so nothing else may stand in them. */
const shapes = {
  /** E.164. */
  phone: /^\+?[1-9]\d{6,14}$/,
  account: /^[\w.@:+-]{1,128}$/,
  email: /^[^\s<>@,;:"\\()[\]]{1,64}@[^\s<>@,;:"\\()[\]]{1,253}$/
} as const

/** Whether it is there, and is what it should be. */
export function isAddress(kind: keyof typeof shapes, value: string | undefined): value is string {
  return value !== undefined && shapes[kind].test(value)
}
