import { vitePreprocess } from '@sveltejs/vite-plugin-svelte'

/** @type {import('@sveltejs/vite-plugin-svelte').SvelteConfig} */
const config = { preprocess: vitePreprocess(), compilerOptions: { runes: true } }

// Svelte's tools read the default export of this file.
export default config
