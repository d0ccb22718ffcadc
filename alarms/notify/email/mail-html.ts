import type { Message } from '../../text/message.ts'

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;'
}
const escaped = (text: string): string => text.replace(/[&<>"']/g, mark => entities[mark] ?? '')

/** The lines of a message as simple HTML: whatever people are called stays text. `link`: the page that acknowledges. */
export function mailHtml({ subject, lines }: Message, link: string | undefined, button: string): string {
  const paragraphs = lines
    .filter(line => link === undefined || !line.includes(link))
    .map(line => `<p>${escaped(line)}</p>`)
  const isLink = link !== undefined && /^https?:\/\//.test(link)
  const action = isLink ? `<p><a href="${escaped(link)}"><strong>${escaped(button)}</strong></a></p>` : ''
  return `<!doctype html><html><head><meta charset="utf-8"><title>${escaped(subject)}</title></head><body style="font-family:sans-serif;font-size:16px">${paragraphs.join('')}${action}</body></html>`
}
