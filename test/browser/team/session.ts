import { ago } from './made.ts'

const tool = (name: string, input: object, output: string) => ({
  type: 'tool',
  tool: name,
  state: { status: 'completed', input, output },
})
const text = (words: string) => ({ type: 'text', text: words })
const message = (id: string, role: 'user' | 'assistant', ...parts: object[]) => ({ info: { id, role }, parts })

/** What OpenCode tells of one session, as it has it. */
export const messages: readonly object[] = [
  message(
    'msg_1',
    'user',
    text(
      'Show prices in francs beside euros for customers from Switzerland. Write tests first, and do not touch the checkout.',
    ),
  ),
  message(
    'msg_2',
    'assistant',
    text('I begin with how prices are drawn now, and with what docs/money.md says about rounding.'),
    tool('grep', { pattern: 'formatPrice', path: 'packages' }, '14 matches in 6 files'),
    tool('read', { filePath: 'docs/money.md' }, 'Francs are rounded to five cents.'),
  ),
  message(
    'msg_3',
    'assistant',
    text('Tests first: a price in francs is rounded to five cents and stands behind the euros.'),
    tool('write', { filePath: 'packages/price/src/price.test.ts', content: "test('francs …')" }, 'written'),
    tool('bash', { command: 'npm test --workspace packages/price' }, '2 failed, 31 passed'),
  ),
  message(
    'msg_4',
    'assistant',
    tool('edit', { filePath: 'packages/price/src/price.ts' }, 'edited'),
    tool('bash', { command: 'npm test' }, '418 passed'),
    text('All 418 tests pass. Prices show francs for customers from Switzerland; the checkout is as it was.'),
  ),
]

export const todo: readonly object[] = [
  { content: 'Read how prices are drawn', status: 'completed' },
  { content: 'Tests for francs', status: 'completed' },
  { content: 'Rates, rounded to five cents', status: 'completed' },
]

export const diff: readonly object[] = [
  { file: 'packages/price/src/price.test.ts', additions: 71, deletions: 0 },
  { file: 'packages/price/src/price.ts', additions: 48, deletions: 12 },
  { file: 'packages/price/src/rates.ts', additions: 39, deletions: 0 },
  { file: 'packages/pages/product/price-line.tsx', additions: 14, deletions: 9 },
  { file: 'packages/pages/list/tile.tsx', additions: 8, deletions: 6 },
  {
    file: 'docs/money.md',
    status: 'modified',
    additions: 2,
    deletions: 1,
    patch: [
      'Index: docs/money.md',
      '===================================================================',
      '--- docs/money.md',
      '+++ docs/money.md',
      '@@ -3,5 +3,6 @@',
      ' ## Prices',
      ' ',
      '-A price is in euros.',
      '+A price is in euros; beside it stands one in francs.',
      '+Francs are rounded to five centimes.',
      ' ',
      ' ## Vouchers',
      '',
    ].join('\n'),
  },
]

/** Lines of the agent's container, a kubelet's time before each. */
export const log: readonly string[] = [
  [6, 'session ses_publish-2-18-0 on http://releases.shop.svc.cluster.local:4096'],
  [5.8, 'I look at the changelog and at what was merged since 2.17.4.'],
  [5.7, '→ bash git log v2.17.4..HEAD --oneline'],
  [5.6, '✓ bash (0.2 s)'],
  [5.6, '  | 8c41f0a Prices in francs beside euros'],
  [5.6, '  | 51be02d The search index is built while the shop is closed'],
  [5.6, '  | e90c7aa Vouchers have a page in the guide'],
  [5.1, 'The changelog names all three. I run the tests once more.'],
  [5.0, '→ bash npm test'],
  [3.9, '✓ bash (66.4 s)'],
  [3.9, '  | 418 passed, 0 failed'],
  [3.6, '→ bash git push origin v2.18.0'],
  [3.6, '? permission asked: bash git push origin v2.18.0 (waiting 1800 s for an answer)'],
  [3.0, '? permission given: bash git push origin v2.18.0'],
  [2.9, '✓ bash (1.9 s)'],
  [1.0, '→ bash npm publish --access restricted --tag latest'],
  [1.0, '? permission asked: bash npm publish --access restricted --tag latest (waiting 1800 s for an answer)'],
].map(([minutes, words], index) => `${ago(Number(minutes)).slice(0, 19)}.${String(index).padStart(9, '0')}Z ${words}`)
