import { chmod, copyFile, mkdir, mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { inject } from 'vitest'
import { root } from '../../docs/markdown.ts'

/** Where a reader types: a clone of this repository, with programs on the PATH and files that the docs speak of. */
export interface Folder {
  readonly path: string
  readonly clone: string
  readonly env: Readonly<Record<string, string>>
  /** Where each program that is ours to notice writes how it ended. */
  readonly record: string
}

/** What a reader has already, by its name in the clone. */
const files = {
  'prompt.md': 'Review the last commit.\n',
  'cluster.json': '{}\n',
  'internal-ca.crt': 'one authority\n',
  'partner-ca.crt': 'another authority\n',
  'client-secret': 'a secret',
  'ca.crt': 'an authority\n',
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

/** A program's own failure is seen wherever it stands: before a pipe, in a substitution, behind xargs. */
const noticed = (...command: readonly string[]): string =>
  `#!/bin/bash
${command.map(quoted).join(' ')} "$@"
code=$?
printf '%s\\t%s\\n' "$code" "\${0##*/} $*" >> "$RECORD"
exit $code
`

export const makeFolder = async (): Promise<Folder> => {
  const path = await mkdtemp(join(tmpdir(), 'docs-e2e-'))
  const bin = join(path, 'bin')
  const home = join(path, 'home')
  const clone = join(path, 'clone')
  const record = join(path, 'record')
  await Promise.all([bin, home, clone].map((folder) => mkdir(folder)))
  const programs = {
    kubectl: noticed(inject('kubectl')),
    helm: noticed(inject('helm')),
    kubeoc: noticed(process.execPath, join(root, 'cli/main.ts')),
  }
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(bin, name), script)
    await chmod(join(bin, name), 0o755)
  }
  // What a page writes lands beside what is in the repository, and not in it.
  for (const name of await readdir(root)) await symlink(join(root, name), join(clone, name))
  for (const [name, text] of Object.entries(files)) await writeFile(join(clone, name), text)
  const kubeconfig = join(path, 'kubeconfig')
  await copyFile(inject('kubeconfig'), kubeconfig)
  return {
    path,
    clone,
    record,
    env: {
      PATH: [bin, process.env['PATH'] ?? ''].join(delimiter),
      HOME: home,
      KUBECONFIG: kubeconfig,
      RECORD: record,
      ANTHROPIC_API_KEY: 'a-key',
    },
  }
}
