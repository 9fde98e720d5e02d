import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { testIo } from '../test/builders/io.ts'
import { version } from './version.ts'
import { createProgram, run } from './program.ts'

const ran = async (...words: string[]) => {
  const io = testIo({ env: { KUBECONFIG: '/nowhere' } })
  return { code: await run(words, io), out: io.stdout(), err: io.stderr() }
}

const leaves = (command: Command, path: readonly string[] = []): string[][] =>
  command.commands
    .filter((one) => one.name() !== 'help' && !one.name().startsWith('__'))
    .flatMap((one) => {
      const here = [...path, one.name()]
      return one.commands.length > 0 ? leaves(one, here) : [here]
    })

describe('every command', () => {
  const commands = leaves(createProgram(testIo())).map((path) => [path.join(' '), path] as const)
  test.each(commands)('%s has a help with examples', async (name, path) => {
    const { code, out, err } = await ran(...path, '--help')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain(`Usage: kubeoc ${name}`)
    expect(out).toContain('Global Options:')
    expect(out).toMatch(new RegExp(`Examples:\n(  .*\n)*.*kubeoc ${name}`))
  })
})

describe('what is typed wrong ends with 2 and a hint', () => {
  const cases = [
    { words: ['taks'], says: ["unknown command 'taks'", 'Did you mean task?', 'See: kubeoc --help'] },
    { words: ['task', 'stpo', 'x'], says: ["unknown command 'stpo'", 'Did you mean stop?', 'See: kubeoc task --help'] },
    { words: ['get'], says: ["missing required argument 'kind'", 'See: kubeoc get --help'] },
    { words: ['get', 'tasks', '--selektor', 'a'], says: ["unknown option '--selektor'", 'Did you mean --selector?'] },
    { words: ['get', 'taks'], says: ['did you mean tasks?', 'See: kubeoc get --help'] },
    { words: ['get', 'tasks', '-o', 'yml'], says: ['-o yml is not known: did you mean yaml?'] },
    { words: ['get', 'tasks', '-A', 'x'], says: ['use -n instead of -A'] },
    { words: ['get', 'tasks', '--request-timeout', 'soon'], says: ['--request-timeout soon is no time'] },
    { words: ['run', 'x', '--agent', 'a', '--on-interrupt', 'no'], says: ['choose ask, stop, leave'] },
    { words: ['create', 'task'], says: ['a prompt, - for stdin, or -f FILE'] },
    { words: ['create', 'task', 'x', '-f', 'y'], says: ['leave one of them out'] },
    { words: ['create', 'task', 'x', '--dry-run', '--wait'], says: ['nothing to wait for'] },
    { words: ['agent', 'attach', 'x', '--print-url', '--', '--continue'], says: ['nobody to give its options to'] },
    { words: ['agent', 'attach', 'x', '--wake-timeout', 'soon'], says: ['--wake-timeout soon is no time'] },
    { words: ['task', 'logs', 'x', '--tail', 'many'], says: ['--tail many is no number'] },
    { words: ['render', '-', '--at', 'noon'], says: ['--at noon is no time'] },
    { words: ['completion', 'tcsh'], says: ['choose bash, zsh, fish'] },
    { words: [], says: ['Usage: kubeoc'] },
    { words: ['task'], says: ['Usage: kubeoc task'] },
  ]
  test.each(cases)('$words', async ({ words, says }) => {
    const { code, out, err } = await ran(...words)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    for (const part of says) expect(err).toContain(part)
  })
})

test('without a cluster it says what is missing', async () => {
  expect(await ran('get', 'tasks', '--kubeconfig', '/nowhere')).toEqual({
    code: 1,
    out: '',
    err: 'error: the kubeconfig /nowhere cannot be read: there is no such file\n',
  })
})

test('a plugin of kubectl is called as one', async () => {
  const io = testIo()
  expect(await run(['--help'], io, '/usr/local/bin/kubectl-oc')).toBe(0)
  expect(io.stdout()).toMatch(/^Usage: kubectl oc /)
  expect(io.stdout()).toContain('  kubectl oc doctor')
})

test('the version is that of the package', async () => {
  expect(await ran('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' })
  expect(await ran('version', '--client', '-o', 'json')).toMatchObject({ out: `{\n  "kubeoc": "${version}"\n}\n` })
})
