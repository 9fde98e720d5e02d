/** `kubeopencode <helper>`: the programs that prepare a Pod, in one file. */
import { writeFileSync } from 'node:fs'
import { contextInit } from './context-init.ts'
import { gitInit } from './git-init.ts'
import { gitSync } from './git-sync.ts'
import { guard } from './guard.ts'
import { lastWordsOf, type Helper } from './helper.ts'
import { pluginInit } from './plugin-init.ts'
import { urlFetch } from './url-fetch.ts'

const helpers: Readonly<Record<string, Helper>> = {
  'git-init': gitInit,
  'git-sync': gitSync,
  'context-init': contextInit,
  'url-fetch': urlFetch,
  'plugin-init': pluginInit,
  guard,
}

const overview = `usage: kubeopencode <helper> [--help]

${Object.entries(helpers)
  .map(([name, { purpose }]) => `  ${name.padEnd(14)}${purpose}`)
  .join('\n')}

A helper reads its environment only. Exit codes: 0 done, 1 failed, 2 wrong usage.`

const helpOf = (name: string, { purpose, variables }: Helper): string => `usage: kubeopencode ${name}

${purpose}

${Object.entries(variables)
  .map(([variable, meaning]) => `  ${variable.padEnd(24)}${meaning}`)
  .join('\n')}`

const fail = (sentence: string): void => {
  process.stderr.write(`${sentence}\n`)
  try {
    // The kubelet shows this text in the Pod's status, and the Task's condition repeats it.
    writeFileSync(process.env['TERMINATION_LOG'] ?? '/dev/termination-log', sentence.slice(0, 4000), { flag: 'r+' })
  } catch {
    // Outside a Pod there is no such file.
  }
}

const main = async (): Promise<number> => {
  const [name, ...rest] = process.argv.slice(2)
  if (name === undefined || name === '--help' || name === '-h') {
    process.stdout.write(`${overview}\n`)
    return name === undefined ? 2 : 0
  }
  const helper = Object.hasOwn(helpers, name) ? helpers[name] : undefined
  if (!helper) {
    process.stderr.write(`There is no helper "${name}".\n\n${overview}\n`)
    return 2
  }
  if (rest.length > 0) {
    process.stdout.write(`${helpOf(name, helper)}\n`)
    return rest[0] === '--help' || rest[0] === '-h' ? 0 : 2
  }
  // The agent may run with another user id and the Pod's group.
  process.umask(0o002)
  try {
    await helper.run(process.env, (line) => process.stdout.write(`${name}: ${line}\n`))
    return 0
  } catch (error) {
    fail(lastWordsOf(name, error))
    return 1
  }
}

process.exitCode = await main()
