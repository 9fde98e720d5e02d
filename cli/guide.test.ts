import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { testIo } from '../test/builders/io.ts'
import { createProgram } from './program.ts'

const guide = ['kubeoc', 'approvals']
  .map((page) => readFileSync(join(import.meta.dirname, `../docs/${page}.md`), 'utf8'))
  .join('\n')
const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')

/** Words of a shell line as far as the guide's lines go: quotes, and nothing that a shell would act on. */
const wordsOf = (line: string): string[] =>
  [...line.replace(/\s#.*$/, '').matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '')

const inShellBlocks = (text: string): string[] =>
  [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.split('\n'))

const inHelps = (command: Command): string[] => {
  let text = ''
  command.configureOutput({ writeOut: (part) => (text += part) })
  command.outputHelp()
  const own = /Examples:\n([\s\S]*?)(\n\n|$)/.exec(text)?.[1]?.split('\n') ?? []
  return [...own, ...command.commands.flatMap(inHelps)]
}

/** What is typed of kubeoc in a line, up to a pipe, a redirection or a comment in words. */
const commandsIn = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => {
    const found = /(?:^|[|(] ?|\s)(kubeoc (?!completion\b)[a-z-][^|<>&)]*)/.exec(line.trim())?.[1]
    return found === undefined ? [] : [found.split(/ {3,}/)[0]?.trim() ?? '']
  })

/** Parses a line without doing anything; throws where it is none. */
const parsed = async (line: string): Promise<string> => {
  const program = createProgram(testIo())
  let reached = ''
  const still = (command: Command): void => {
    for (const inner of command.commands) {
      if (inner.commands.length === 0) inner.action(() => void (reached = inner.name()))
      still(inner)
    }
  }
  still(program)
  await program.parseAsync(wordsOf(line).slice(1), { from: 'user' })
  return reached
}

describe('every command that is written down is one', () => {
  const lines = new Set([
    ...commandsIn(inShellBlocks(guide)),
    ...commandsIn(inShellBlocks(readme)),
    ...commandsIn(inHelps(createProgram(testIo()))),
  ])
  test('there are many', () => expect(lines.size).toBeGreaterThan(35))
  test.each([...lines])('%s', async (line) => expect(await parsed(line)).not.toBe(''))
})
