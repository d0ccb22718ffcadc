import type { Attachment } from 'svelte/attachments'

/** Rows this far above and below the window are drawn as well, so that scrolling meets finished rows. */
const margin = '900px 0px'

type Told = (isNear: boolean) => void
const watched = new WeakMap<Element, Told>()
let observer: IntersectionObserver | undefined

function tell(entries: readonly IntersectionObserverEntry[]): void {
  for (const { target, isIntersecting } of entries) watched.get(target)?.(isIntersecting)
}

/** Tells whether the element is in or near the window, first soon after it is attached, then at every change. */
export function nearViewport(told: Told): Attachment {
  return element => {
    observer ??= new IntersectionObserver(tell, { rootMargin: margin })
    watched.set(element, told)
    observer.observe(element)
    return () => observer?.unobserve(element)
  }
}
