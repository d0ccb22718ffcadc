/** A login as scripts read it: user name and password, tab separated. */
export function printLogin(answer: unknown): void {
  const { username, password } = answer as { readonly username: string; readonly password: string }
  process.stdout.write(`${username}\t${password}\n`)
}
