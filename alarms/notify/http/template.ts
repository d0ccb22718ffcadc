/** How a body is written, and so how values are escaped in it. */
export const bodyFormats = ['json', 'xml', 'form', 'text'] as const
export type BodyFormat = (typeof bodyFormats)[number]

/** `{phone}`, `{secret.token}`, `{value.brand}`: no expressions, no access to anything but the values handed in. */
const placeholder = /\{([a-z][A-Za-z0-9]*(?:\.[a-z][A-Za-z0-9]*)?)\}/g

/** Values by their names in the template. */
export type Values = Readonly<Record<string, string>>

/** @returns what the template names. */
export function namesIn(template: string): readonly string[] {
  return [...template.matchAll(placeholder)].map(([, name = '']) => name)
}

/** Puts values into an address: each is percent-encoded, so none adds a part to it. */
export function fillUrl(template: string, values: Values): string {
  // The host is the operator's own (see the schema); escaping would break `host:8080`.
  const [, origin = '', rest = ''] = /^([a-z]+:\/\/[^/?#]*)(.*)$/is.exec(template) ?? []
  return filled(origin, values, text => text) + filled(rest, values, encodeURIComponent)
}

/** Puts values into a header: one line, in Latin-1 as headers are. */
export function fillHeader(template: string, values: Values): string {
  return filled(template, values, text => text.replace(/[^\x20-\x7e\xa0-\xff]/g, ''))
}

/** Puts values into a body, escaped for its format: within quotes in JSON, as text or attribute in XML, as a value in a form. */
export function fillBody(template: string, format: BodyFormat, values: Values): string {
  return filled(template, values, escapes[format])
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;'
}

const escapes: Readonly<Record<BodyFormat, (text: string) => string>> = {
  json: text => JSON.stringify(text).slice(1, -1),
  xml: text => text.replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd]/g, '').replace(/[&<>"']/g, mark => entities[mark] ?? ''),
  form: text => encodeURIComponent(text),
  text: text => text
}

function filled(template: string, values: Values, escape: (text: string) => string): string {
  return template.replace(placeholder, (whole, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    return value === undefined ? whole : escape(value)
  })
}
