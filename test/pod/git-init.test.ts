import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test, vi } from 'vitest'
import { gitInit } from '../../functions/pod/git-init.ts'
import { startGitServer, type GitServer } from '../../infra/local/git-server.ts'
import { selfSigned } from './self-signed.ts'

const run = promisify(execFile)
const password = 'pl4nted-s3cret'

let folder: string
let open: GitServer
let guarded: GitServer
let encrypted: GitServer
let caPath: string
let commits: { readonly first: string; readonly second: string }

const git = async (cwd: string, ...args: string[]): Promise<string> =>
  (
    await run('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'protocol.file.allow=always', ...args], {
      cwd,
    })
  ).stdout.trim()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'git-init-test-'))
  const root = join(folder, 'served')
  open = await startGitServer({ root })
  const work = join(folder, 'work')
  await git(folder, 'clone', '--quiet', `${open.url}/tea-timer.git`, work)
  const first = await git(work, 'rev-parse', 'HEAD')
  await git(work, 'checkout', '--quiet', '-b', 'feature/mugs')
  await mkdir(join(work, 'docs'))
  await writeFile(join(work, 'docs', 'guide.md'), 'Pour, wait, drink.\n')
  await git(work, 'add', '--all')
  await git(work, 'commit', '--quiet', '--message', 'A guide')
  await git(work, 'push', '--quiet', 'origin', 'feature/mugs')
  commits = { first, second: await git(work, 'rev-parse', 'HEAD') }

  // A repository that uses another, and one whose submodule wants to run a command.
  for (const [branch, url] of [
    ['sub', `${open.url}/tea-timer.git`],
    ['evil', 'ext::sh -c touch% /tmp/git-init-was-here'],
  ] as const) {
    await git(work, 'checkout', '--quiet', '-b', branch, 'main')
    await git(work, 'submodule', '--quiet', 'add', '--force', '--name', branch, `${open.url}/tea-timer.git`, 'tea')
    await git(work, 'config', '--file', '.gitmodules', `submodule.${branch}.url`, url)
    await git(work, 'add', '--all')
    await git(work, 'commit', '--quiet', '--message', branch)
    await git(work, 'push', '--quiet', 'origin', branch)
    await git(work, 'rm', '--quiet', '--force', 'tea')
    await git(work, 'reset', '--quiet', '--hard')
  }

  guarded = await startGitServer({ root, auth: { username: 'git', password } })
  const { key, cert } = await selfSigned('127.0.0.1')
  encrypted = await startGitServer({ root, tls: { key, cert }, auth: { username: 'robot', password } })
  caPath = join(folder, 'ca.pem')
  await writeFile(caPath, cert)
}, 300_000)

vi.setConfig({ testTimeout: 300_000 })

afterAll(async () => {
  await Promise.all([open, guarded, encrypted].map((server) => server?.close()))
  await rm(folder, { recursive: true, force: true })
})

let place: string
beforeEach(async () => {
  place = await mkdtemp(join(folder, 'place-'))
})
afterEach(() => rm(place, { recursive: true, force: true }))

const clone = async (env: Record<string, string>): Promise<string[]> => {
  const lines: string[] = []
  const inputs = {
    PATH: process.env['PATH'],
    GIT_REPO: `${open.url}/tea-timer.git`,
    GIT_ROOT: join(place, 'git'),
    GIT_CLONE_RETRY_DELAY: '0',
    ...env,
  }
  await gitInit.run(inputs, (line) => lines.push(line))
  return lines
}

const head = (path = 'git/repo'): Promise<string> => git(join(place, path), 'rev-parse', 'HEAD')
const countCommits = async (): Promise<number> =>
  Number(await git(join(place, 'git/repo'), 'rev-list', '--count', 'HEAD'))

/** Every byte of every file below `path`, as one text. */
const everything = async (path: string): Promise<string> => {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return (await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')))).join('\n')
}

describe('what is cloned', () => {
  const cases = [
    { name: 'the default branch', env: {}, want: 'first' },
    { name: 'a branch', env: { GIT_REF: 'feature/mugs' }, want: 'second' },
    { name: 'a tag', env: { GIT_REF: 'v1.0.0' }, want: 'first' },
    { name: 'a full ref', env: { GIT_REF: 'refs/heads/feature/mugs' }, want: 'second' },
  ] as const
  test.each(cases)('$name', async ({ env, want }) => {
    await clone(env)
    expect(await head()).toBe(commits[want])
  })

  test('a commit, long or short', async () => {
    await clone({ GIT_REF: commits.second })
    await clone({ GIT_REF: commits.second.slice(0, 10), GIT_LINK: 'short' })
    expect([await head(), await head('git/short')]).toEqual([commits.second, commits.second])
  })

  test('depth 1 and all of it', async () => {
    await clone({ GIT_REF: 'feature/mugs' })
    expect(await countCommits()).toBe(1)
    await rm(join(place, 'git'), { recursive: true })
    await clone({ GIT_REF: 'feature/mugs', GIT_DEPTH: '0' })
    expect(await countCommits()).toBe(2)
  })

  test('submodules when asked for', async () => {
    await clone({ GIT_REF: 'sub', GIT_RECURSE_SUBMODULES: 'true' })
    expect(await readdir(join(place, 'git/repo/tea'))).toContain('timer.js')
  })

  test('an existing clone is left as it is', async () => {
    await clone({})
    await writeFile(join(place, 'git/repo/README.md'), 'mine')
    expect(await clone({ GIT_REF: 'feature/mugs' })).toEqual([expect.stringContaining('has a clone already')])
    expect(await readFile(join(place, 'git/repo/README.md'), 'utf8')).toBe('mine')
  })
})

describe('the workspace', () => {
  const workspace = (): string => join(place, 'work')

  test('gets the repository, keeps its own files, and sees no changes', async () => {
    await mkdir(workspace())
    await writeFile(join(workspace(), 'task.md'), 'the task')
    await clone({ GIT_WORKSPACE_DIR: workspace() })
    expect(await git(workspace(), 'status', '--short')).toBe('')
    expect(await readFile(join(workspace(), 'task.md'), 'utf8')).toBe('the task')
    await writeFile(join(workspace(), 'README.md'), 'edited by the agent')
    await rm(join(place, 'git'), { recursive: true })
    expect(await clone({ GIT_WORKSPACE_DIR: workspace() })).toHaveLength(1)
    expect(await readFile(join(workspace(), 'README.md'), 'utf8')).toBe('edited by the agent')
  })

  test('gets one path of the repository, once', async () => {
    const env = { GIT_WORKSPACE_DIR: workspace(), GIT_REPO_SUBPATH: 'docs/', GIT_REF: 'feature/mugs' }
    await clone(env)
    expect((await readdir(workspace())).toSorted()).toEqual(['.kubeopencode', 'guide.md'])
    expect(await clone(env)).toHaveLength(1)
  })

  test('is trusted by its path alone', async () => {
    const config = join(place, 'gitconfig')
    const env = { GIT_CONFIG_GLOBAL: config, GIT_MOUNT_PATH: '/workspace/tea' }
    await clone(env)
    await clone(env)
    expect(await git(place, 'config', '--file', config, '--get-all', 'safe.directory')).toBe('/workspace/tea')
  })
})

describe('credentials and certificates', () => {
  test('a password is used and left nowhere', async () => {
    const lines = await clone({
      GIT_REPO: `${guarded.url}/tea-timer.git`,
      GIT_USERNAME: 'git',
      GIT_PASSWORD: `${password}\n`,
    })
    expect(await head()).toBe(commits.first)
    expect((await everything(place)) + lines.join('\n')).not.toContain(password)
  })

  test('a private CA is trusted, and only when given', async () => {
    const env = { GIT_REPO: `${encrypted.url}/tea-timer.git`, GIT_USERNAME: 'robot', GIT_PASSWORD: password }
    await expect(clone(env)).rejects.toThrow(/caBundle/)
    await clone({ ...env, CUSTOM_CA_CERT_PATH: caPath })
    expect(await head()).toBe(commits.first)
  })

  test('the password goes to its own host only', async () => {
    // The submodule is on a server that asks for the same password, but it is another origin.
    const work = join(place, 'work')
    await git(place, 'clone', '--quiet', '--branch', 'sub', `${open.url}/tea-timer.git`, work)
    await git(work, 'config', '--file', '.gitmodules', 'submodule.sub.url', `${guarded.url}/tea-timer.git`)
    await git(work, 'commit', '--quiet', '--all', '--message', 'elsewhere')
    await git(work, 'push', '--quiet', 'origin', 'HEAD:elsewhere')
    const env = { GIT_REF: 'elsewhere', GIT_RECURSE_SUBMODULES: 'true', GIT_USERNAME: 'git', GIT_PASSWORD: password }
    await expect(clone(env)).rejects.toThrow(/credentials/)
    // Where the cluster names its hosts, a submodule of another is not even asked for.
    const strict = { ...env, GIT_ALLOWED_HOSTS: new URL(open.url).host }
    await expect(clone(strict)).rejects.toThrow(/tea-timer\.git may not be cloned/)
  })

  test.each(['sub', 'main'])('submodules of an allowed host come along: %s', async (ref) => {
    await clone({ GIT_REF: ref, GIT_RECURSE_SUBMODULES: 'true', GIT_ALLOWED_HOSTS: '127.0.0.1' })
    expect(existsSync(join(place, 'git/repo/tea/README.md'))).toBe(ref === 'sub')
  })

  const refused = [
    {
      name: 'a wrong password',
      env: { GIT_USERNAME: 'git', GIT_PASSWORD: 'wr0ng' },
      says: /refuses the credentials.*Secret/,
    },
    { name: 'no password', env: {}, says: /asks for credentials.*secretRef/ },
  ]
  test.each(refused)('$name is said without a retry', async ({ env, says }) => {
    const failure = await clone({ GIT_REPO: `${guarded.url}/tea-timer.git`, ...env }).catch(
      (error: Error) => error.message,
    )
    expect(failure).toMatch(says)
    expect(failure).not.toContain('wr0ng')
  })
})

describe('what is refused', () => {
  const cases = [
    { name: 'an option for a repository', env: { GIT_REPO: '--upload-pack=touch /tmp/p;' }, says: /GIT_REPO must be/ },
    { name: 'a transport that runs programs', env: { GIT_REPO: "ext::sh -c 'id'" }, says: /GIT_REPO must be/ },
    { name: 'a file', env: { GIT_REPO: 'file:///etc' }, says: /GIT_REPO must be/ },
    { name: 'a host that is an option', env: { GIT_REPO: 'git@-oProxyCommand=id:x' }, says: /GIT_REPO must be/ },
    {
      name: 'credentials in the address',
      env: { GIT_REPO: 'https://user:tok3n@host/x.git' },
      says: /must not contain credentials/,
    },
    { name: 'an option for a ref', env: { GIT_REF: '--upload-pack=touch /tmp/p;' }, says: /GIT_REF must be/ },
    { name: 'a path out of the repository', env: { GIT_REPO_SUBPATH: '../../../etc' }, says: /GIT_REPO_SUBPATH/ },
    { name: 'a name that is a path', env: { GIT_LINK: '../x' }, says: /GIT_LINK/ },
    { name: 'a depth that is none', env: { GIT_DEPTH: '-1' }, says: /GIT_DEPTH/ },
    { name: 'a ref that is not there', env: { GIT_REF: 'nope' }, says: /no branch, tag or commit "nope"/ },
    {
      name: 'a skill that is not there',
      env: { GIT_REQUIRED_PATHS: '["nope"]' },
      says: /no path "nope".*correct names/,
    },
    { name: 'a skill out of the repository', env: { GIT_REQUIRED_PATHS: '["../x"]' }, says: /GIT_REQUIRED_PATHS/ },
    { name: 'a host of no list', env: { GIT_ALLOWED_HOSTS: 'git.example.com' }, says: /allows git\.example\.com only/ },
    { name: 'any host of an empty list', env: { GIT_ALLOWED_HOSTS: '' }, says: /allows no host/ },
    { name: 'a path that is not there', env: { GIT_REPO_SUBPATH: 'nope' }, says: /has no path "nope"/ },
    {
      name: 'a submodule that runs a command',
      env: { GIT_REF: 'evil', GIT_RECURSE_SUBMODULES: 'true' },
      says: /only https, http and ssh/,
    },
  ]
  test.each(cases)('$name', async ({ env, says }) => {
    const failure = await clone(env as unknown as Record<string, string>).catch((error: Error) => error.message)
    expect(failure).toMatch(says)
    expect(failure).not.toContain('tok3n')
  })

  test('and no submodule has run a command', () => expect(existsSync('/tmp/git-init-was-here')).toBe(false))

  test('nothing is half there after a failure', async () => {
    await clone({ GIT_REF: 'nope' }).catch(() => undefined)
    expect(await readdir(join(place, 'git'))).toEqual([])
  })

  test('an address where nobody answers is tried again, and named', async () => {
    await expect(clone({ GIT_REPO: 'http://127.0.0.1:9/x.git', GIT_CLONE_RETRIES: '2' })).rejects.toThrow(
      /http:\/\/127\.0\.0\.1:9\/x\.git could not be cloned/,
    )
  })
})
