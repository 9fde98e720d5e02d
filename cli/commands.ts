import type { Command } from 'commander'

/** Options of a command with those of the whole program. */
export const optionsOf = <T extends object>(command: Command): T => command.optsWithGlobals() as T

/** Examples under a command's help, one to a line. */
export const withExamples = (command: Command, ...lines: readonly string[]): Command =>
  command.addHelpText('after', () => {
    let root = command
    while (root.parent) root = root.parent
    return `\nExamples:\n${lines.map((line) => `  ${line.replace(/^kubeoc/, root.name())}`).join('\n')}`
  })

/** An option that may be given several times. */
export const collected = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]
