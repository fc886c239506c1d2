import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

export default ts.config(
  {
    ignores: ['dist', 'node_modules', '.venv', 'runs', 'public', 'test-results', 'out'],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  ...ts.configs.recommendedTypeChecked,
  ...svelte.configs.recommended,
  {
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './workers/tsconfig.json', './cli/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
      },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      // A stub of an async interface has nothing to await.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { parser: ts.parser },
    },
  },
  {
    files: ['src/**', 'workers/**', 'tests/browser/**'],
    languageOptions: { globals: { ...globals.browser, ...globals.worker } },
    // TypeScript knows every global; eslint's own list does not.
    rules: { 'no-undef': 'off' },
  },
  {
    files: ['cli/**', 'bench/**', 'tests/unit/**', 'tests/e2e/**', '*.config.*'],
    languageOptions: { globals: globals.node },
    rules: { 'no-undef': 'off' },
  },
  {
    files: ['src/**', 'workers/**', 'cli/**', 'bench/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'SpreadElement > ObjectExpression',
          message:
            'Write the properties out: a spread of them switches the check for unknown ones off.',
        },
        {
          selector: 'UnaryExpression[operator="void"] > ArrayExpression',
          message:
            'Leave out what is not used; common/without.ts makes an object without some properties.',
        },
      ],
    },
  },
  {
    files: ['**/*.js'],
    // JSON and child processes answer with `any`; a cast in JSDoc says no more than the code.
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
