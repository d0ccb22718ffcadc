import svelte from 'eslint-plugin-svelte'
import { defineConfig, globalIgnores } from 'eslint/config'
import ts from 'typescript-eslint'
import svelteConfig from './dashboards/console/svelte.config.js'

/*
 * What a formatter cannot see and a compiler does not say: promises nobody waits for, unions not exhausted, deep nesting.
 * Layout is prettier's alone. Files are checked with their types, which the nearest tsconfig.json gives.
 */

const rules = {
  '@typescript-eslint/await-thenable': 'error',
  '@typescript-eslint/consistent-type-imports': 'error',
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': 'error',
  '@typescript-eslint/no-unnecessary-type-assertion': 'error',
  '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  'array-callback-return': 'error',
  complexity: ['warn', 20],
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'max-depth': ['error', 3],
  'no-constant-binary-expression': 'error',
  'no-control-regex': 'error',
  'no-eval': 'error',
  'no-implied-eval': 'error',
  'no-new-func': 'error',
  'no-self-compare': 'error',
  'no-throw-literal': 'error',
  'no-var': 'error',
  'object-shorthand': 'error',
  'prefer-const': 'error'
}

const parserOptions = {
  projectService: true,
  tsconfigRootDir: import.meta.dirname,
  extraFileExtensions: ['.svelte']
}

export default defineConfig(
  globalIgnores(['**/dist/', 'data/', 'coverage/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    languageOptions: { parser: ts.parser, parserOptions },
    plugins: { '@typescript-eslint': ts.plugin },
    rules
  },
  { files: ['dashboards/console/**'], extends: [svelte.configs.recommended, svelte.configs.prettier] },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { ...parserOptions, parser: ts.parser, svelteConfig } },
    plugins: { '@typescript-eslint': ts.plugin },
    rules: {
      ...rules,
      // `let { … } = $props()` is Svelte's own idiom.
      'prefer-const': 'off',
      // It cannot tell a Map that views follow from one that only the code beside it reads.
      'svelte/prefer-svelte-reactivity': 'off'
    }
  },
  {
    // Published elsewhere and run unmodified, as sloppy scripts.
    files: ['devices/profiles/*/codec.js'],
    languageOptions: { sourceType: 'script', ecmaVersion: 2023 },
    linterOptions: { reportUnusedDisableDirectives: 'off', noInlineConfig: true }
  }
)
