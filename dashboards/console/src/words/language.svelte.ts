import { createContext } from 'svelte'
import type { Dictionary } from './dictionary.ts'
import { en } from './en.ts'
import { formatsOf, type Formats, type LanguageCode } from './formats.ts'
import { vi } from './vi.ts'

const dictionaries: Readonly<Record<LanguageCode, Dictionary>> = { vi, en }
const storageKey = 'sen.language'

/** The page's language: Vietnamese until a person chooses otherwise; the choice is kept in this browser. */
export class Language {
  code: LanguageCode = $state(remembered())
  readonly words: Dictionary = $derived(dictionaries[this.code])
  readonly formats: Formats = $derived(formatsOf(this.code))

  choose(code: LanguageCode): void {
    this.code = code
    try {
      localStorage.setItem(storageKey, code)
    } catch {
      // A browser that keeps nothing (private mode, full disk) still switches for this visit.
    }
  }
}

function remembered(): LanguageCode {
  try {
    return localStorage.getItem(storageKey) === 'en' ? 'en' : 'vi'
  } catch {
    return 'vi'
  }
}

export const [useLanguage, provideLanguage] = createContext<Language>()
