import { sentenceOf } from '../../shared/errors.ts'

interface Program {
  readonly help: string
  readonly run: () => Promise<void>
}

/** Each in a part of its own, so that none holds the code of another. */
const programs = {
  controller: () => import('./controller-command.ts'),
  server: () => import('./server/command.ts'),
  check: () => import('./check/command.ts'),
} satisfies Record<string, () => Promise<Program>>

const [command = '', ...rest] = process.argv.slice(2)
const isHelp = command === '--help' || command === '-h'
const isKnown = Object.hasOwn(programs, command)
const { help, run }: Program = await programs[isKnown ? (command as keyof typeof programs) : 'controller']()
if (!isKnown && !isHelp) {
  console.error(`there is no command "${command}"\n\n${help}`)
  process.exit(2)
} else if (isHelp || rest.includes('--help')) console.log(help)
else
  await run().catch((error: unknown) => {
    console.error(sentenceOf(error))
    process.exit(1)
  })
