import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { resources } from '../../shared/kubernetes.ts'
import { testIo } from '../../test/builders/io.ts'
import { rows } from '../../webhooks/bad-input/index.ts'
import type { Input, Row } from '../../webhooks/bad-input/row.ts'
import { closedSecurity } from '../../webhooks/bad-input/row.ts'
import { run } from '../program.ts'

const root = join(import.meta.dirname, '../..')
const dir = mkdtempSync(join(tmpdir(), 'kubeoc-lint-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const linted = async (words: readonly string[], stdin?: string) => {
  const io = testIo(stdin === undefined ? {} : { stdin })
  const code = await run(['lint', ...words], io)
  return { code, out: io.stdout(), err: io.stderr() }
}

interface Report {
  readonly findings: readonly {
    readonly severity: string
    readonly line: number
    readonly column: number
    readonly field?: string
    readonly message: string
  }[]
}

const reported = async (stdin: string): Promise<{ code: number; findings: Report['findings'] }> => {
  const { code, out } = await linted(['-f', '-', '-o', 'json'], stdin)
  return { code, findings: (JSON.parse(out) as Report).findings }
}

describe('examples of the docs are clean', () => {
  const folder = join(root, 'docs/examples')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'))
  /** A namespace and services hold nothing of ours. */
  const ours = files.filter((file) => !/namespace|services/.test(file))
  test.each(ours)('%s', async (file) => {
    const { code, out } = await linted(['-f', join(folder, file)])
    expect({ code, out }).toEqual({ code: 0, out: '' })
  })
})

test('manifests as users write them are clean, as a folder', async () => {
  const { code, out } = await linted(['-f', join(root, 'test/fixtures')])
  expect({ code, out }).toEqual({ code: 0, out: '' })
})

/** The object as a manifest, with what the cluster would say beside it. */
const manifestOf = ({ kind, spec, name, labels, level, isClosed }: Input): string =>
  [
    {
      apiVersion: resources[kind].apiVersion,
      kind,
      metadata: { name: name ?? (kind === 'KubeOpenCodeConfig' ? 'cluster' : 'x'), ...(labels && { labels }) },
      spec,
    },
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'default', ...(level && { labels: { 'pod-security.kubernetes.io/enforce': level } }) },
    },
    ...(isClosed
      ? [
          {
            apiVersion: 'kubeopencode.io/v1alpha1',
            kind: 'KubeOpenCodeConfig',
            metadata: { name: 'cluster' },
            spec: { security: closedSecurity },
          },
        ]
      : []),
  ]
    .map((object) => stringify(object, { aliasDuplicateObjects: false, version: '1.1' }))
    .join('---\n')

/** A manifest is one state: what may not change is told by the cluster alone. */
const states = rows.filter(({ sent }) => sent.before === undefined)
const titled = states.map((row) => ({ ...row, title: `${row.line} ${row.sent.kind}: ${row.input}` }))
const becoming = (key: 'refusedAt' | 'warnedOf' | 'taken') => titled.filter(({ becomes }) => key in becomes)

describe('what admission refuses, lint refuses with the same sentence', () => {
  test('that is most of the rows', () => expect(becoming('refusedAt').length).toBeGreaterThan(150))
  test.each(becoming('refusedAt'))('$title', async ({ sent, becomes }) => {
    const { refusedAt, says } = becomes as Extract<Row['becomes'], { refusedAt: string }>
    const { code, findings } = await reported(manifestOf(sent))
    expect(code).toBe(1)
    const errors = findings.filter(({ severity }) => severity === 'error')
    expect(errors.filter(({ field = '' }) => field.startsWith(refusedAt))).not.toEqual([])
    expect(errors.map(({ message }) => message).join('; ')).toContain(says)
  })
})

describe('what admission warns of, lint warns of', () => {
  test.each(becoming('warnedOf'))('$title', async ({ sent, becomes }) => {
    const { warnedOf } = becomes as { warnedOf: string }
    const { code, findings } = await reported(manifestOf(sent))
    expect(code).toBe(0)
    const texts = findings.map(({ field, message }) => (field === undefined ? message : `${field}: ${message}`))
    expect(texts.filter((text) => text.startsWith(warnedOf))).toHaveLength(1)
  })
})

describe('what admission takes, lint takes', () => {
  test.each(becoming('taken'))('$title', async ({ sent }) => {
    const { findings } = await reported(manifestOf(sent))
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
  })
})

const task = (...lines: string[]) =>
  ['apiVersion: kubeopencode.io/v1alpha1', 'kind: Task', 'metadata: { name: fix }', 'spec:', ...lines, ''].join('\n')

describe('a fault stands where it is written', () => {
  const cases = [
    {
      name: 'a value',
      text: task('  agentRef: { name: a }', '  timeout: soon'),
      want: { line: 6, column: 3, field: 'spec.timeout' },
    },
    {
      name: 'an item of a list',
      text: task('  agentRef: { name: a }', '  contexts:', '    - { text: x }', '    - mountPath: ../up', '      text: y'),
      want: { line: 8, column: 7, field: 'spec.contexts[1].mountPath' },
    },
    { name: 'what is missing: where it would be', text: task('  description: x'), want: { line: 4, column: 1, field: 'spec' } },
    {
      name: 'the second document of a file',
      text: `${task('  agentRef: { name: a }')}---\n${task('  agentRef: { name: A_ }')}`,
      want: { line: 11, column: 15, field: 'spec.agentRef.name' },
    },
    {
      name: 'an item of a List',
      text: `kind: List\napiVersion: v1\nitems:\n  - ${task('  agentRef: { name: A_ }').trimEnd().replaceAll('\n', '\n    ')}\n`,
      want: { line: 8, column: 19, field: 'spec.agentRef.name' },
    },
    {
      name: 'JSON',
      text: JSON.stringify({ apiVersion: 'kubeopencode.io/v1alpha1', kind: 'Task', metadata: { name: 'x' }, spec: { timeout: 'soon' } }, undefined, 1),
      want: { line: 8, column: 3, field: 'spec.timeout' },
    },
    { name: 'no YAML at all', text: 'a: [1\nb: 2\n', want: { line: 2, column: 1 } },
  ] // prettier-ignore
  test.each(cases)('$name', async ({ text, want }) => {
    const { code, findings } = await reported(text)
    expect(code).toBe(1)
    expect(findings).toEqual(expect.arrayContaining([expect.objectContaining({ severity: 'error', ...want })]))
  })
})

describe('what no webhook says, because the apiserver or kubectl says it', () => {
  const cases = [
    { name: 'an unknown field', text: task('  agentref: { name: a }', '  agentRef: { name: a }'), code: 0, says: 'spec.agentref: is no field here, and would be lost or refused: did you mean agentRef?' },
    { name: 'an unknown kind', text: task('  {}').replace('Task', 'Taks'), code: 1, says: 'kind: Taks is not known: did you mean Task?' },
    { name: 'another version', text: task('  {}').replace('v1alpha1', 'v1'), code: 1, says: 'apiVersion: is not known: write kubeopencode.io/v1alpha1, but it is kubeopencode.io/v1' },
    { name: 'a name in capitals', text: task('  agentRef: { name: a }').replace('fix', 'Fix'), code: 1, says: 'metadata.name: must be lower case' },
    { name: 'a key that is there twice', text: task('  timeout: 1m', '  timeout: 2m', '  agentRef: { name: a }'), code: 1, says: 'is no YAML: Map keys must be unique' },
    { name: 'a list at the top', text: '- a\n', code: 1, says: 'is no object' },
    { name: 'aliases that would fill the memory', text: `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]\n`, code: 1, says: 'cannot be read: Excessive alias count' },
  ] // prettier-ignore
  test.each(cases)('$name', async ({ text, code, says }) => {
    const found = await linted(['-f', '-'], text)
    expect(found.code).toBe(code)
    expect(found.out).toContain(says)
  })
})

test('the same objects twice are told, with the place of the first', async () => {
  const text = task('  agentRef: { name: a }')
  expect((await linted(['-'], `${text}---\n${text}`)).out).toBe(
    '-:9:13: warning: Task fix: is there twice: the first is in -, line 1\n',
  )
})

test('numbers in base 60 and times stay texts, as in Go; 0400 is octal', async () => {
  const text = task(
    '  templateRef: { name: a }',
    '  description: 12:30',
    '  contexts:',
    '    - { text: 2026-01-01, mountPath: x, fileMode: 0400 }',
  )
  expect(await linted(['-'], text)).toMatchObject({ code: 0, out: '' })
})

test('--strict fails on warnings', async () => {
  const text = task('  agentRef: { name: a }', '  agentref: { name: a }')
  expect((await linted(['-'], text)).code).toBe(0)
  expect((await linted(['--strict', '-'], text)).code).toBe(1)
})

test('SARIF has the place and the sentence of each finding', async () => {
  const file = join(dir, 'bad.yaml')
  writeFileSync(file, task('  agentRef: { name: a }', '  timeout: soon'))
  const { code, out } = await linted([file, '-o', 'sarif'])
  expect(code).toBe(1)
  expect(JSON.parse(out)).toMatchObject({
    version: '2.1.0',
    runs: [
      {
        results: [
          {
            level: 'error',
            message: { text: expect.stringContaining('Task fix: spec.timeout: ') },
            locations: [
              { physicalLocation: { artifactLocation: { uri: file }, region: { startLine: 6, startColumn: 3 } } },
            ],
          },
        ],
      },
    ],
  })
})

describe('what cannot be read is a sentence', () => {
  const cases = [
    { words: ['-f', '/nowhere.yaml'], code: 1, says: '/nowhere.yaml cannot be read: there is no such file or folder' },
    { words: [], code: 2, says: 'say which files' },
    { words: ['-f', join(root, 'docs/examples/1-namespace.yaml')], code: 1, says: 'no object of KubeOpenCode is in there' },
    { words: ['-o', 'yml', '-'], code: 2, says: '-o yml is not known' },
  ] // prettier-ignore
  test.each(cases)('$words', async ({ words, code, says }) => {
    const found = await linted(words)
    expect(found.code).toBe(code)
    expect(found.err).toContain(says)
  })
})
