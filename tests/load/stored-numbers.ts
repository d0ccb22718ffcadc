import type { SenProcess } from '../sen-process.ts'

interface Page {
  readonly value: readonly number[]
  readonly cursor: string | null
}

/** Every stored `seq` of a device of the load profile, in the order of their times. */
export async function storedNumbers(sen: SenProcess, token: string, device: string): Promise<readonly number[]> {
  const numbers: number[] = []
  let cursor = ''
  for (;;) {
    const page = (await sen.get(`/readings?device=${device}&metric=seq${cursor}`, token)) as Page
    numbers.push(...page.value)
    if (page.cursor === null) return numbers
    cursor = `&cursor=${encodeURIComponent(page.cursor)}`
  }
}
