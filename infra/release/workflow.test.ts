import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { commandFaults } from '../../test/docs/programs.ts'
import { commandsOf } from '../../test/docs/shell.ts'

interface Job {
  readonly permissions?: Readonly<Record<string, string>>
  readonly environment?: string
  readonly needs?: string | readonly string[]
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[]
}

interface Workflow {
  readonly on: unknown
  readonly permissions?: unknown
  readonly jobs: Readonly<Record<string, Job>>
}

const root = join(import.meta.dirname, '../..')
const folder = join(root, '.github/workflows')
const files = readdirSync(folder)

/** What each job may do; a right that is not here is one too many. */
const rights: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>> = {
  'release.yaml': {
    build: {},
    images: { 'id-token': 'write', attestations: 'write' },
    npm: { 'id-token': 'write' },
    release: { contents: 'write' },
  },
}

/** By its commit, with the version it is said to be behind it for people and for who updates it. */
const isPinned = (line: string): boolean => /uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line)

/** Runs what others wrote: packages, their tools, or tests that need them. */
const runsForeignCode = ({ steps }: Job): boolean =>
  steps.some(({ run = '' }) => /\b(npm (ci|install|run|test|exec)|npx|node)\b/.test(run))

describe.each(files)('%s', (file) => {
  const text = readFileSync(join(folder, file), 'utf8')
  const { on, permissions, jobs } = parse(text) as Workflow
  const runs = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []))

  test('has no rights but those that a job names, and each job those that it needs', () => {
    expect(permissions).toEqual({})
    expect(Object.fromEntries(Object.entries(jobs).map(([name, job]) => [name, job.permissions]))).toEqual(rights[file])
  })

  test('gives a right or a secret to no job that runs code of others', () => {
    const isTrusted = (job: Job): boolean =>
      Object.keys(job.permissions ?? {}).length > 0 || JSON.stringify(job).includes('secrets.')
    const [trusted, others] = [true, false].map((is) => Object.values(jobs).filter((job) => isTrusted(job) === is))
    expect(trusted?.length).toBeGreaterThan(0)
    expect(trusted?.filter(runsForeignCode)).toEqual([])
    expect(others?.some(runsForeignCode)).toBe(true)
  })

  test('keeps secrets in an environment, where people may have to agree', () => {
    const withSecrets = Object.values(jobs).filter((job) => JSON.stringify(job).includes('secrets.'))
    expect(withSecrets.map(({ environment }) => environment)).toEqual(['release', 'release'])
  })

  test('publishes nothing before both builds are there', () => {
    const before = (name: string): readonly string[] =>
      [jobs[name]?.needs ?? []].flat().flatMap((need) => [need, ...before(need)])
    for (const [name, { permissions: own = {} }] of Object.entries(jobs))
      if (Object.keys(own).length > 0) expect(before(name)).toContain('build')
    expect(text).toContain('diff builds/first/SHA256SUMS builds/second/SHA256SUMS')
  })

  test('starts with a tag alone', () => expect(on).toEqual({ push: { tags: ['v*'] } }))

  test('uses no action that could change under it', () => {
    const lines = text.split('\n').filter((line) => /\buses:/.test(line))
    expect(lines.length).toBeGreaterThan(2)
    expect(lines.filter((line) => !isPinned(line))).toEqual([])
    const actions = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []))
    expect(actions).toHaveLength(lines.length)
    // Of the platform that runs the workflow and is trusted with it anyway.
    expect(actions.filter((uses) => !uses.startsWith('actions/'))).toEqual([])
  })

  test('runs programs, scripts and options that are there', async () => {
    const commands = runs.flatMap(commandsOf)
    expect(commands.length).toBeGreaterThan(20)
    const faults = await Promise.all(commands.map((command) => commandFaults(command, root)))
    expect(faults.flat()).toEqual([])
    const own = commands.flatMap(({ words }) => words.filter((word) => word.startsWith('infra/')))
    expect(own.filter((path) => !existsSync(join(root, path)))).toEqual([])
    expect(own).toContain('infra/release/publish-images')
  })

  test('puts nothing from outside into a script as text', () => expect(runs.join('\n')).not.toContain('${{'))
})

test.each([
  { line: 'uses: actions/checkout@v5', is: false },
  { line: 'uses: actions/checkout@v5.0.0 # v5.0.0', is: false },
  { line: `uses: actions/checkout@${'0a'.repeat(19)} # v5.0.0`, is: false },
  { line: `uses: actions/checkout@${'0a'.repeat(20)}`, is: false },
  { line: 'uses: docker://debian:12 # v12.0.0', is: false },
  { line: `uses: actions/checkout@${'0a'.repeat(20)} # v5.0.0`, is: true },
])('$line is pinned: $is', ({ line, is }) => expect(isPinned(line)).toBe(is))
