import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { demoRepositoryFiles, demoRepositoryName } from './demo-job.ts'

const run = promisify(execFile)

// Fixed names and dates give the seed the same commit on every machine.
const seedEnv = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'KubeOpenCode',
  GIT_AUTHOR_EMAIL: 'demo@kubeopencode.io',
  GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z',
  GIT_COMMITTER_NAME: 'KubeOpenCode',
  GIT_COMMITTER_EMAIL: 'demo@kubeopencode.io',
  GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z',
}

const git = async (cwd: string, ...args: string[]): Promise<string> => {
  const { stdout } = await run('git', args, { cwd, env: { PATH: process.env['PATH'], HOME: tmpdir(), ...seedEnv } })
  return stdout.trim()
}

export type RepositorySeed = {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  /** Tags the first commit. */
  readonly tag?: string
  /** Beside `main`, at the same commit. */
  readonly branch?: string
}

export const demoRepository: RepositorySeed = { name: demoRepositoryName, files: demoRepositoryFiles, tag: 'v1.0.0' }

/** Makes the bare repository `<root>/<name>.git` with one commit on `main`; does nothing where it exists already. */
export const seedRepository = async (root: string, { name, files, tag, branch }: RepositorySeed): Promise<void> => {
  const target = join(root, `${name}.git`)
  if (existsSync(target)) return
  await mkdir(dirname(target), { recursive: true })
  // Beside the target, so that the last step is a rename and a reader never sees half a repository.
  const scratch = await mkdtemp(join(root, '.seed-'))
  try {
    const work = join(scratch, 'work')
    await mkdir(work)
    await git(work, 'init', '--quiet', '--initial-branch=main', '--template=')
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(work, path)), { recursive: true })
      await writeFile(join(work, path), content)
    }
    await git(work, 'add', '--all')
    await git(work, 'commit', '--quiet', '--message', `${name}: first version`)
    if (tag !== undefined) await git(work, 'tag', tag)
    if (branch !== undefined) await git(work, 'branch', branch)
    const bare = join(scratch, 'bare.git')
    await git(scratch, 'clone', '--quiet', '--bare', '--template=', work, bare)
    await git(bare, 'config', 'http.receivepack', 'true')
    await git(bare, 'config', 'uploadpack.allowAnySHA1InWant', 'true')
    await git(bare, 'remote', 'remove', 'origin')
    await rename(bare, target).catch((error: NodeJS.ErrnoException) => {
      // Another copy was faster; its repository is as good as ours.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
