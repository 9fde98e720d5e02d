import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { testIo } from '../test/builders/io.ts'
import { parsed } from '../test/docs/kubeoc-line.ts'
import { commandsOf } from '../test/docs/shell.ts'
import { createProgram } from './program.ts'

const inHelps = (command: Command): string[] => {
  let text = ''
  command.configureOutput({ writeOut: (part) => (text += part) })
  command.outputHelp()
  const own = /Examples:\n([\s\S]*?)(\n\n|$)/.exec(text)?.[1]?.split('\n') ?? []
  return [...own, ...command.commands.flatMap(inHelps)]
}

/** Examples go up to a remark in words. Those of the guides are tested in test/docs. */
describe('every example of a help text is a command', () => {
  const lines = [
    ...new Set(inHelps(createProgram(testIo())).map((line) => line.trim().split(/ {3,}/)[0] ?? '')),
  ].filter((line) => line.includes('kubeoc '))
  test('there are many', () => expect(lines.length).toBeGreaterThan(15))
  test.each(lines)('%s', async (line) => {
    const own = commandsOf(line).filter(({ words }) => words[0] === 'kubeoc')
    expect(own.length).toBeGreaterThan(0)
    for (const { words } of own) if (words[1] !== 'completion') expect(await parsed(words.slice(1))).not.toBe('')
  })
})
