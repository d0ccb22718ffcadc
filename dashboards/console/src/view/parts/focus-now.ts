import type { Attachment } from 'svelte/attachments'

/** Takes the focus once it appears: the next thing to fill in, or the heading of a new step. */
export const focusNow: Attachment = element => {
  if (element instanceof HTMLElement) element.focus()
}
