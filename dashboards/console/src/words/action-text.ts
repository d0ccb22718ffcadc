/** The words of the audit log that name actions. */
interface ActionWords {
  readonly things: Readonly<Record<string, string>>
  readonly verbs: Readonly<Record<string, string>>
  readonly denied: (action: string) => string
}

/**
 * An action of the audit log in words: `device.add` → "thiết bị: thêm". What has no word stays as it is.
 */
export function actionText(action: string, words: ActionWords): string {
  const [thing = '', ...rest] = action.split('.')
  const verb = rest.join('.')
  if (thing === 'deny') return words.denied(verb)
  const known = words.things[thing]
  return known === undefined ? action : `${known}: ${words.verbs[verb] ?? verb}`
}
