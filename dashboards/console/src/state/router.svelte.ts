import { createContext } from 'svelte'
import { routeOf, type Route } from './route.ts'

/** The page's fragment says what is shown; going back and links work as everywhere. */
export class Router {
  route: Route = $state.raw(routeOf(location.hash))

  /** @returns what ends it. */
  start(): () => void {
    const follow = () => {
      // The skip link and the like move within the page.
      if (location.hash === '' || location.hash.startsWith('#/')) this.route = routeOf(location.hash)
    }
    window.addEventListener('hashchange', follow)
    return () => window.removeEventListener('hashchange', follow)
  }

  go(fragment: string): void {
    location.hash = fragment
    this.route = routeOf(fragment)
  }

  /** Goes there without leaving a way back to here, so that a secret does not stay in the history. */
  replace(fragment: string): void {
    history.replaceState(null, '', fragment)
    this.route = routeOf(fragment)
  }
}

export const [useRouter, provideRouter] = createContext<Router>()
