import js from '@eslint/js';
import noCatchAll from 'eslint-plugin-no-catch-all';
import tseslint from 'typescript-eslint';
import { house } from './scripts/eslint-house.mjs';

const budgets = {
  // The formatter breaks code; this holds comments. A text is as long as it is, and a drawing as wide.
  'max-len': [
    'error',
    { code: 140, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true, ignorePattern: 'eslint-disable|[─│]' },
  ],
  'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
  'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
  complexity: ['error', 10],
  'max-depth': ['error', 3],
  'max-params': ['error', 4],
};

const named = [
  { selector: 'ExportAllDeclaration', message: 'Name what you export.' },
  { selector: 'ExportDefaultDeclaration', message: 'Use a named export.' },
  { selector: 'ClassDeclaration[superClass][superClass.name!=/(Error|Fault)$/]', message: 'Compose; only errors inherit.' },
];
const literalPattern = {
  selector: 'NewExpression[callee.name="RegExp"], CallExpression[callee.name="RegExp"]',
  message: 'Write the pattern as a literal: test/chaos/pattern-cost times every one on its worst input.',
};
const noSql = {
  selector: 'CallExpression[callee.property.name=/^(query|transaction|prisma)$/]',
  message: 'Doors know no SQL: call a use case of a room.',
};
const noMocks = {
  selector: 'CallExpression[callee.object.name="jest"][callee.property.name=/^(mock|unstable_mockModule|doMock)$/]',
  message: 'Real over fake, fake over mock: pass a fake in.',
};
const wholeSuite = {
  selector:
    'MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(only|skip|todo)$/], CallExpression[callee.name=/^(fit|fdescribe|xit|xtest|xdescribe)$/]',
  message: 'The whole suite runs, always.',
};

const httpExceptions = [
  'HttpException',
  'BadRequestException',
  'NotFoundException',
  'ConflictException',
  'ForbiddenException',
  'UnauthorizedException',
];
const environment = { name: 'node:process', importNames: ['env'], message: 'Only libs/kernel/config reads the environment.' };

export default tseslint.config(
  { ignores: ['**/dist/**', '**/generated/**', '**/*.gen.ts', 'scripts/schema-engine-wasm.mjs', 'prisma.config.ts'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.check.json', tsconfigRootDir: import.meta.dirname } },
    plugins: { 'no-catch-all': noCatchAll, house },
    rules: {
      ...budgets,
      'no-catch-all/no-catch-all': 'error',
      'preserve-caught-error': ['error', { requireCatchParameter: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      'house/commented-cast': 'error',
      'no-restricted-syntax': ['error', ...named],
      'no-restricted-imports': ['error', { paths: [environment] }],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only libs/kernel/config reads the environment.' },
      ],
    },
  },
  {
    files: ['libs/*/*/src/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...named, literalPattern],
      'house/documented-export': 'error',
      'no-restricted-imports': [
        'error',
        {
          paths: [
            environment,
            { name: '@nestjs/common', importNames: httpExceptions, message: 'Throw a Fault; the gateway chooses the status.' },
          ],
        },
      ],
    },
  },
  {
    files: ['apps/*/src/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: { 'no-restricted-syntax': ['error', ...named, noSql, literalPattern] },
  },
  { files: ['libs/kernel/config/src/**/*.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    files: ['**/*.spec.ts', 'test/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/require-await': 'off', // a fake keeps the signature of what it stands for
      'max-lines': ['error', { max: 600, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': ['error', ...named, noMocks, wholeSuite],
      'no-restricted-imports': [
        'error',
        { paths: [environment, { name: 'node:timers/promises', message: 'Wait for an event or a condition.' }] },
      ],
    },
  },
  {
    files: ['libs/features/openapi/page/*.js'],
    languageOptions: {
      sourceType: 'script',
      globals: Object.fromEntries(
        ['document', 'fetch', 'performance', 'AbortController', 'TextDecoderStream', 'URLSearchParams'].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'AbortController',
          'AbortSignal',
          'Buffer',
          'URL',
          'WebAssembly',
          'clearTimeout',
          'console',
          'fetch',
          'performance',
          'process',
          'setTimeout',
          'structuredClone',
          'TextDecoder',
        ].map((name) => [name, 'readonly']),
      ),
    },
    rules: budgets,
  },
);
