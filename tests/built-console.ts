/** Before the whole-system tests: the console that browsers are given is the present one. */
export async function setup(): Promise<void> {
  await import('../tools/build-console.ts')
}
