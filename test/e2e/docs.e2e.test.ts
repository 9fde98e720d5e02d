import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { serverAuthSecretName, serverPasswordKey } from '../../shared/server-access.ts'
import { answers } from '../docs/answers.ts'
import type { Answer } from '../docs/answers.ts'
import { blocksOf, isGuide, pages } from '../docs/markdown.ts'
import { reasonNotToRun } from '../docs/not-run.ts'
import { commandsOf } from '../docs/shell.ts'
import type { Statement } from '../docs/statements.ts'
import { statementsOf } from '../docs/statements.ts'
import type { Folder } from './docs/folder.ts'
import { makeFolder } from './docs/folder.ts'
import type { Outcome, Shell } from './docs/shell.ts'
import { openShell } from './docs/shell.ts'
import { settle, stages } from './docs/stages.ts'
import { bringDemo, demo, namespace, takeDemoAway, typed } from './docs/world.ts'
import { install } from './install.ts'

/** For a statement that does work: many times what the slowest takes. */
const patienceSeconds = 600
/** A look that shows nothing yet is repeated, as a reader would. */
const lookSeconds = 180

/** First, because it makes the namespace that others speak of; last, because it takes all servers down. */
const [first, last] = ['docs/guide.md', 'docs/server-access.md']
const rank = (path: string): number => (path === first ? 0 : path === last ? 2 : 1)

/** Every statement of the docs, in the order of its page, but those that not-run.ts has a reason for. */
const read = pages()
  .filter(isGuide)
  .toSorted((one, other) => rank(one.path) - rank(other.path))
  .map((page) => ({
    path: page.path,
    statements: blocksOf(page)
      .filter(({ language }) => language === 'sh')
      .flatMap(statementsOf)
      .filter((statement) => reasonNotToRun(statement) === undefined),
  }))
  .filter(({ statements }) => statements.length > 0)

const isOurs = ({ key }: Statement): boolean => /^(kubectl|kubeoc|helm|curl)\b/.test(key)

const isLook = ({ key }: Statement): boolean =>
  /^(kubectl (-n \S+ )?(get|describe|logs|exec)|kubeoc (get|describe|task (why|logs)))\b/.test(key)

/** A log of a cluster that is well has nothing of what a runbook looks for. */
const mayFindNothing = ({ page, text }: Statement): boolean =>
  page.startsWith('docs/runbooks/') && commandsOf(text).some(({ words }) => words[0] === 'grep')

/** What kubectl ends with when `head` has read enough. */
const brokenPipe = 141

const faultsOf = (statement: Statement, { code, output, calls }: Outcome, answer: Answer | undefined): string[] => {
  const mustSpeak = answer === undefined && !mayFindNothing(statement) && isOurs(statement)
  return [
    ...calls.filter((call) => call.code !== 0 && call.code !== brokenPipe).map((call) => `${call.code}: ${call.words}`),
    ...(code === (answer?.code ?? 0) || (code === 1 && mayFindNothing(statement)) ? [] : [`it ended with ${code}`]),
    ...(answer === undefined || answer.shows.test(output.trim()) ? [] : [`it does not show ${answer.shows}`]),
    ...(mustSpeak && /^(No resources found.*)?$/.test(output.trim()) ? ['it shows nothing'] : []),
  ]
}

const passwordOf = async (agent: string): Promise<string | undefined> =>
  (await demo.get('Secret', serverAuthSecretName(agent)))?.data?.[serverPasswordKey]

let folder: Folder
let passwordBefore: string | undefined

beforeAll(async () => {
  folder = await makeFolder()
  const args = ['--kubeconfig', folder.env['KUBECONFIG'] ?? '', 'config', 'set-context', '--current']
  await promisify(execFile)(inject('kubectl'), [...args, `--namespace=${namespace}`])
  await bringDemo()
  passwordBefore = await passwordOf('developer')
})
afterAll(async () => {
  await takeDemoAway()
  await install({ kubeconfig: inject('kubeconfig'), kubectl: inject('kubectl'), helm: inject('helm') })
  await rm(folder.path, { recursive: true, force: true, maxRetries: 5 })
})

/** As they stand on the page, but for what `typed` puts in the place of names that are for the reader to choose. */
describe.each(read)('$path', ({ statements }) => {
  const shells: Shell[] = []
  const open = (): Shell => {
    const shell = openShell(folder.clone, folder.env, folder.record)
    shells.push(shell)
    return shell
  }
  let shell: Shell
  beforeAll(() => void (shell = open()))
  afterAll(async () => {
    for (const one of shells) one.close()
    await settle()
  })

  const named = statements.map((statement) => [`${statement.line}: ${statement.key}`, statement] as const)
  test.each(named)('%s', async (_name, statement) => {
    const answer = answers.find(({ key }) => key === statement.key)
    await stages.find(({ page, key }) => page === statement.page && key === statement.key)?.bring()
    const text = typed(statement.text)

    if (answer?.isEndless) {
      const beside = open()
      beside.begin(text)
      await expect.poll(beside.heard, { timeout: lookSeconds * 1000 }).toMatch(answer.shows)
      beside.close()
      return
    }
    if (text.endsWith('&')) {
      await shell.run(text, patienceSeconds)
      await expect.poll(shell.heard, { timeout: lookSeconds * 1000 }).toMatch(answer?.shows ?? /./)
      return
    }
    const tried = async () => {
      const outcome = await shell.run(text, patienceSeconds)
      const faults = faultsOf(statement, outcome, answer)
      return { faults, printed: faults.length === 0 ? '' : outcome.output.slice(-4_000) }
    }
    if (isLook(statement))
      await expect.poll(tried, { timeout: lookSeconds * 1000, interval: 500 }).toEqual({ faults: [], printed: '' })
    else expect(await tried()).toEqual({ faults: [], printed: '' })
  })
})

test('what docs/server-access.md is typed for has come about: servers are there again, with another password', async () => {
  expect(passwordBefore).toMatch(/./)
  await expect.poll(() => passwordOf('developer'), { timeout: lookSeconds * 1000 }).toMatch(/./)
  expect(await passwordOf('developer')).not.toBe(passwordBefore)
})

test('every stage is that of a statement that is run', () => {
  const run = new Set(read.flatMap(({ path, statements }) => statements.map(({ key }) => `${path}: ${key}`)))
  expect(stages.map(({ page, key }) => `${page}: ${key}`).filter((stage) => !run.has(stage))).toEqual([])
})
