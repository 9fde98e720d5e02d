import type { Command } from 'commander'
import { createProgram } from '../../cli/program.ts'
import { testIo } from '../builders/io.ts'

/** Reads words of kubeoc without doing anything; gives the command they reach, and throws where they are none. */
export const parsed = async (words: readonly string[]): Promise<string> => {
  const program = createProgram(testIo())
  let reached = ''
  const still = (command: Command): void => {
    for (const inner of command.commands) {
      if (inner.commands.length === 0) inner.action(() => void (reached = inner.name()))
      still(inner)
    }
  }
  still(program)
  await program.parseAsync([...words], { from: 'user' })
  return reached
}
