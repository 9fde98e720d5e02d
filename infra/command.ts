import { Command, CommanderError } from 'commander'

export interface CommandOptions {
  /** As it is called, such as `npm run aws:synth --`. */
  readonly name: string
  /** What comes after the name, such as `--cluster FILE`. */
  readonly usage: string
  readonly description: string
  /** Options without which there is nothing to do, such as `cluster`. */
  readonly needs: readonly string[]
  /** Lines that can be copied. */
  readonly examples: readonly string[]
}

/** A program that a person calls: whoever mistypes reads what was wrong and how it is called. */
export const createCommand = ({ name, usage, description, needs, examples }: CommandOptions): Command =>
  new Command(name)
    .usage(usage)
    .description(description)
    .helpOption('--help', 'say this')
    .addHelpText('after', `\nExamples:\n${examples.map((example) => `  ${example}`).join('\n')}`)
    .configureOutput({
      outputError: (text, write) => {
        const sentence = text
          .trim()
          .replace(/^error: /, '')
          .replaceAll('\n', ' ')
        write(`${sentence}\nusage: ${name} ${usage}\n`)
      },
    })
    // Later than those of commander, so that a name that was mistyped is not called a missing one.
    .hook('preAction', (command) => {
      for (const need of needs) if (command.opts()[need] === undefined) command.error(`--${need} is missing`)
    })
    .exitOverride()

/** Runs it. What it was not to be called with exits with 2, what went wrong in it is one sentence and exits with 1. */
export const runCommand = async (command: Command, words: readonly string[] = process.argv.slice(2)): Promise<void> => {
  try {
    await command.parseAsync(words, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
    else {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
      process.exitCode = 1
    }
  }
}
