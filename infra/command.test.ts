import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, describe, expect, test } from 'vitest'
import { describedCluster } from '../test/builders/eks.ts'
import { cdk } from './lambda/stack/cdk.ts'

const folder = mkdtempSync(join(tmpdir(), 'koc-command-'))
afterAll(() => rmSync(folder, { recursive: true }))

const run = async (file: string, words: readonly string[], input = '') => {
  const child = spawn(process.execPath, [join(import.meta.dirname, file), ...words], { stdio: 'pipe' })
  child.stdin.end(input)
  const code = new Promise((resolve) => child.once('close', resolve))
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await code, out, err }
}

const programs = [
  { name: 'npm run aws:synth --', file: 'lambda/stack/main.ts', needs: '--cluster' },
  { name: 'npm run --silent aws:register --', file: 'lambda/register/main.ts', needs: '--url' },
  { name: 'npm run --silent workers:register --', file: 'workers/register/main.ts', needs: '--url' },
]

describe.each(programs)('$name', ({ name, file, needs }) => {
  test.each([
    { what: 'an option that there is not', words: ['--nonsense'], says: "unknown option '--nonsense'" },
    { what: 'one that was mistyped', words: [`${needs}x`, 'a'], says: `unknown option '${needs}x' (Did you mean` },
    { what: 'no option', words: [], says: `${needs} is missing` },
    { what: 'a word too many', words: [needs, 'a', 'b'], says: 'too many arguments' },
  ])('answers $what with a sentence and how it is called', async ({ words, says }) => {
    const { code, out, err } = await run(file, words)
    expect([code, out]).toEqual([2, ''])
    const lines = err.trimEnd().split('\n')
    expect(lines).toHaveLength(2)
    expect(lines[0]).toContain(says)
    expect(lines[1]).toMatch(`usage: ${name} ${needs} `)
  })

  test('has examples in its help', async () => {
    const { code, out } = await run(file, ['--help'])
    expect(code).toBe(0)
    expect(out).toContain(`Usage: ${name} ${needs} `)
    expect(out.slice(out.indexOf('Examples:'))).toContain(`  ${name} ${needs} `)
  })
})

describe.each([
  { name: 'npm run images --', file: 'images/main.ts', before: [], wrong: [['nosuch'], ['--tag'], ['--nonsense']] },
  {
    name: 'npm run release --',
    file: 'release/main.ts',
    before: ['release'],
    wrong: [['--nonsense'], ['more'], ['--pinned', '--no-images'], ['--repository', 'git@example.com:a/b']],
  },
  { name: 'npm run licences', file: 'release/main.ts', before: ['licences'], wrong: [['--nonsense'], ['more']] },
  { name: 'npm run sbom', file: 'release/main.ts', before: ['sbom'], wrong: [['--nonsense'], ['more']] },
])('$name, which needs no option,', ({ name, file, before, wrong }) => {
  test.each(wrong.map((words) => ({ words })))(
    'answers $words with a sentence and how it is called',
    async ({ words }) => {
      const { code, out, err } = await run(file, [...before, ...words])
      const lines = err.trimEnd().split('\n')
      expect([code, out, lines.length, lines[1]?.startsWith(`usage: ${name} [--`)]).toEqual([2, '', 2, true])
    },
  )

  test('has examples in its help', async () => {
    const { code, out } = await run(file, [...before, '--help'])
    expect([code, out.slice(out.indexOf('Examples:')).includes(name.replace(/ --$/, ''))]).toEqual([0, true])
  })
})

test('what goes wrong is one sentence', async () => {
  const { code, out, err } = await run('workers/register/main.ts', ['--url', 'http://x'], 'ab'.repeat(32))
  expect([code, out, err.trim().split('\n').length]).toEqual([1, '', 1])
  expect(err).toContain('--url is "http://x"; it must be the https address of the Worker')
})

describe('a stack', () => {
  const cluster = join(folder, 'cluster.json')
  const settings = join(folder, 'settings.json')
  writeFileSync(cluster, JSON.stringify(describedCluster()))
  writeFileSync(settings, JSON.stringify({ alarmTopicArn: 'arn:aws:sns:eu-central-1:123456789012:ops' }))
  const out = join(folder, 'out')

  test('whose alarms tell nobody says so, and how to change it', async () => {
    const synthesized = await run('lambda/stack/main.ts', ['--cluster', cluster, '--out', out])
    expect(synthesized.code).toBe(0)
    expect(synthesized.err).toMatch(
      /^The alarms of this stack tell nobody: set alarmTopicArn in the file of --settings/,
    )
    expect(synthesized.out).toContain(`deploy it with ${cdk} deploy --app ${out}`)
    expect(readFileSync(join(out, 'kubeopencode.template.json'), 'utf8')).toContain('AWS::CloudWatch::Alarm')
  })

  test('whose alarms have a topic says nothing of it', async () => {
    const words = ['--cluster', cluster, '--settings', settings, '--out', out]
    const { code, err } = await run('lambda/stack/main.ts', words)
    expect([code, err]).toEqual([0, ''])
  })
})

test('the guide deploys with the version that we name, and no other', () => {
  const guide = readFileSync(join(import.meta.dirname, '../docs/aws.md'), 'utf8')
  const called = [...guide.matchAll(/npx aws-cdk\S*/g)].map(([text]) => text)
  expect(called.length).toBeGreaterThan(2)
  expect(new Set(called)).toEqual(new Set([cdk]))
})
