import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

/**
 * The console is served by Sen itself under a strict Content-Security-Policy (`script-src 'self'; style-src 'self'`), so nothing
 * may be inlined: no data: URIs, no preload polyfill. While developing, `vite dev` passes the API on to a running Sen.
 */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [svelte({ configFile: `${import.meta.dirname}/svelte.config.js` })],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false }
  },
  server: { proxy: { '/api': process.env['SEN_URL'] ?? 'http://127.0.0.1:8080' } }
})
