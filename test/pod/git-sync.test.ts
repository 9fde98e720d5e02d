import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import {
  appendFile,
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { gitInit } from '../../functions/pod/git-init.ts'
import { openFollower, type Follower } from '../../functions/pod/git-sync.ts'
import { startGitServer, type GitServer } from '../../infra/local/git-server.ts'
import { freePort } from '../../infra/local/ports.ts'
import { SyncReport } from '../../shared/sync-report.ts'
import { selfSigned } from './self-signed.ts'

const run = promisify(execFile)
const password = 'pl4nted-s3cret'

let folder: string
let root: string
let open: GitServer

const git = async (cwd: string, ...args: string[]): Promise<string> => {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'safe.directory=*']
  return (await run('git', [...identity, ...args], { cwd })).stdout.trim()
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'git-sync-test-'))
  root = join(folder, 'served')
  open = await startGitServer({ root })
  await git(folder, 'clone', '--quiet', `${open.url}/tea-timer.git`, 'author')
}, 300_000)
afterAll(async () => {
  await open?.close()
  await rm(folder, { recursive: true, force: true })
})
vi.setConfig({ testTimeout: 300_000 })

let place: string
let name: string
let author: string
let ends: (() => Promise<void>)[]
let number = 0

/** A repository of its own for every test, and somebody who pushes to it. */
beforeEach(async () => {
  place = await mkdtemp(join(folder, 'place-'))
  name = `repo-${(number += 1)}.git`
  author = join(place, 'author')
  ends = []
  // Copies, because starting git is what takes the time here.
  await cp(join(root, 'tea-timer.git'), join(root, name), { recursive: true })
  await cp(join(folder, 'author'), author, { recursive: true })
  await git(author, 'remote', 'set-url', 'origin', join(root, name))
})
afterEach(async () => {
  for (const end of ends.toReversed()) await end()
  await rm(place, { recursive: true, force: true })
})

const put = async (path: string, text: string): Promise<void> => {
  await mkdir(join(author, path, '..'), { recursive: true })
  await writeFile(join(author, path), text)
}
/** Commits what was put and pushes it; gives the commit. */
const push = async (...options: string[]): Promise<string> => {
  await git(author, 'add', '--all')
  await git(author, 'commit', '--quiet', '--allow-empty', '--message', 'change')
  await git(author, 'push', '--quiet', ...options, 'origin', 'HEAD')
  return await git(author, 'rev-parse', 'HEAD')
}

const work = (path = ''): string => join(place, 'work', path)
const seen = (path: string): Promise<string> => readFile(work(path), 'utf8')

const inputs = (env: Record<string, string> = {}): Record<string, string | undefined> => ({
  PATH: process.env['PATH'],
  GIT_REPO: `${open.url}/${name}`,
  GIT_ROOT: join(place, 'git'),
  GIT_WORKSPACE_DIR: work(),
  GIT_CLONE_RETRIES: '1',
  GIT_SYNC: 'true',
  ...env,
})

interface Following {
  readonly lines: string[]
  /** Looks at the remote once; gives the state then. */
  readonly look: () => Promise<ReturnType<Follower['state']>>
  readonly stop: () => void
}

const start = async (env: Record<string, string> = {}): Promise<Following> => {
  const controller = new AbortController()
  const lines: string[] = []
  const follower = await openFollower(inputs(env), (line) => lines.push(line), controller.signal)
  ends.push(follower.close)
  return {
    lines,
    stop: () => controller.abort(),
    look: async () => {
      await follower.look()
      return follower.state()
    },
  }
}

const init = async (env: Record<string, string> = {}): Promise<string[]> => {
  const lines: string[] = []
  await gitInit.run(inputs(env), (line) => lines.push(line))
  return lines
}

/** Cloned by git-init, then followed. */
const followed = async (env: Record<string, string> = {}): Promise<Following> => {
  await init(env)
  return await start(env)
}

const everything = async (path: string): Promise<string> => {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return (await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')))).join('\n')
}

describe('a change of the remote', () => {
  test('reaches every kind of file, and the agent sees no change of its own', async () => {
    await put('gone/old.md', 'old')
    await put('was-file', 'a file')
    await put('was-directory/file', 'in a directory')
    await symlink('README.md', join(author, 'link'))
    await push()
    const sync = await followed()
    await put('README.md', 'new words')
    await put('deep/er/new.md', 'new')
    await put('run.sh', '#!/bin/sh\n')
    await chmod(join(author, 'run.sh'), 0o755)
    await git(author, 'rm', '--quiet', '-r', 'gone', 'was-file', 'was-directory', 'link')
    await put('was-file/file', 'now a directory')
    await put('was-directory', 'now a file')
    await symlink('run.sh', join(author, 'link'))
    const commit = await push()
    expect(await sync.look()).toEqual({ commit, head: commit, syncedAt: expect.any(String) })
    expect(await git(work(), 'status', '--porcelain')).toBe('')
    expect(await git(work(), 'rev-parse', 'HEAD', 'main', 'origin/main')).toBe([commit, commit, commit].join('\n'))
    expect(await git(work(), 'diff', '--stat', 'HEAD')).toBe('')
    expect(await seen('was-file/file')).toBe('now a directory')
    expect(await seen('was-directory')).toBe('now a file')
    expect(existsSync(work('gone'))).toBe(false)
    expect(await git(work(), 'fsck')).toBe('')
  })

  test('of a path of the repository reaches that path alone', async () => {
    await put('prompts/a.md', 'one')
    await put('other/b.md', 'one')
    await push()
    const sync = await followed({ GIT_REPO_SUBPATH: 'prompts' })
    await put('prompts/a.md', 'two')
    await put('prompts/c.md', 'new')
    const commit = await push()
    expect(await sync.look()).toMatchObject({ commit })
    expect((await readdir(work())).toSorted()).toEqual(['.kubeopencode', 'a.md', 'c.md'])
    expect(await seen('a.md')).toBe('two')
  })

  test('keeps the depth', async () => {
    const sync = await followed()
    for (const text of ['one', 'two', 'three']) {
      await put('README.md', text)
      await push()
    }
    const commit = await git(author, 'rev-parse', 'HEAD')
    expect(await sync.look()).toMatchObject({ commit })
    expect(await git(join(place, 'git/repo'), 'rev-list', '--count', 'HEAD')).toBe('1')
  })

  test('with all of the history keeps all of it', async () => {
    const sync = await followed({ GIT_DEPTH: '0' })
    const before = Number(await git(author, 'rev-list', '--count', 'HEAD'))
    const commit = await push()
    expect(await sync.look()).toMatchObject({ commit })
    expect(Number(await git(work(), 'rev-list', '--count', 'HEAD'))).toBe(before + 1)
  })

  test('of submodules', async () => {
    const url = `${open.url}/tea-timer.git`
    await git(author, 'submodule', '--quiet', 'add', url, 'tea')
    await push()
    const sync = await followed({ GIT_RECURSE_SUBMODULES: 'true' })
    expect(await readdir(work('tea'))).toContain('timer.js')
    const other = join(place, 'other')
    await git(place, 'clone', '--quiet', url, other)
    await writeFile(join(other, 'mug.md'), 'a mug')
    await git(other, 'checkout', '--quiet', '-b', name)
    await git(other, 'add', '--all')
    await git(other, 'commit', '--quiet', '--message', 'a mug')
    await git(other, 'push', '--quiet', 'origin', name)
    await git(join(author, 'tea'), 'fetch', '--quiet', 'origin', name)
    await git(join(author, 'tea'), 'checkout', '--quiet', 'FETCH_HEAD')
    const commit = await push()
    expect(await sync.look()).toMatchObject({ commit })
    expect(await seen('tea/mug.md')).toBe('a mug')
  })
})

describe('a ref', () => {
  test('that is force-pushed to another history', async () => {
    const sync = await followed()
    await git(author, 'checkout', '--quiet', '--orphan', 'anew')
    await put('README.md', 'anew')
    await git(author, 'add', '--all')
    await git(author, 'commit', '--quiet', '--message', 'anew')
    await git(author, 'push', '--quiet', '--force', 'origin', 'HEAD:main')
    const commit = await git(author, 'rev-parse', 'HEAD')
    expect(await sync.look()).toMatchObject({ commit })
    expect(await seen('README.md')).toBe('anew')
    expect(await git(work(), 'status', '--porcelain')).toBe('')
  })

  test('that is deleted is told, and followed again when it is back', async () => {
    await git(author, 'checkout', '--quiet', '-b', 'feature')
    const commit = await push()
    const sync = await followed({ GIT_REF: 'feature' })
    await git(author, 'push', '--quiet', 'origin', ':feature')
    const { message, commit: kept } = await sync.look()
    expect(message).toMatch(/has no branch or tag "feature" any more; the agent keeps what it has/)
    expect(kept).toBe(commit)
    await put('README.md', 'back')
    const back = await push()
    const after = await sync.look()
    expect(after.commit).toBe(back)
    expect(after).not.toHaveProperty('message')
  })

  test('that becomes a tag', async () => {
    await git(author, 'checkout', '--quiet', '-b', 'v2')
    await push()
    const sync = await followed({ GIT_REF: 'v2' })
    await put('README.md', 'tagged')
    await git(author, 'commit', '--quiet', '--all', '--message', 'tagged')
    await git(author, 'tag', '--annotate', '--message', 'v2', 'v2')
    await git(author, 'push', '--quiet', 'origin', ':refs/heads/v2', 'refs/tags/v2')
    const commit = await git(author, 'rev-parse', 'HEAD')
    expect(await sync.look()).toMatchObject({ commit })
    expect(await seen('README.md')).toBe('tagged')
  })

  test('that is a commit stays', async () => {
    const ref = await git(author, 'rev-parse', 'HEAD')
    const sync = await followed({ GIT_REF: ref })
    await push()
    expect(await sync.look()).toMatchObject({ commit: ref, head: ref })
  })
})

describe('what the agent has changed', () => {
  test('survives, and is told where the remote changed it too', async () => {
    await put('a.md', 'a')
    await put('b.md', 'b')
    await push()
    const sync = await followed()
    await writeFile(work('a.md'), 'mine')
    await writeFile(work('new.md'), 'mine')
    await rm(work('b.md'))
    await put('a.md', 'theirs')
    await put('b.md', 'theirs')
    await put('new.md', 'theirs')
    await put('c.md', 'theirs')
    const commit = await push()
    const { message, commit: now } = await sync.look()
    expect(now).toBe(commit)
    expect(message).toBe('Kept 3 files that are not as fetched: a.md, b.md, new.md.')
    expect([await seen('a.md'), await seen('new.md'), await seen('c.md')]).toEqual(['mine', 'mine', 'theirs'])
    expect(existsSync(work('b.md'))).toBe(false)
    expect((await git(work(), 'status', '--porcelain')).split('\n')).toEqual(['M a.md', ' D b.md', ' M new.md'])
    expect(await sync.look()).toMatchObject({ commit, message })
  })

  test('as commits or staged changes is waited for', async () => {
    const sync = await followed()
    await writeFile(work('mine.md'), 'mine')
    await git(work(), 'add', 'mine.md')
    await put('README.md', 'theirs')
    const commit = await push()
    expect((await sync.look()).message).toMatch(/has staged changes/)
    await git(work(), 'commit', '--quiet', '--message', 'mine')
    expect((await sync.look()).message).toMatch(/refs\/heads\/main at [0-9a-f]{12}, which is not what was fetched/)
    expect(await seen('README.md')).not.toBe('theirs')
    await git(work(), 'reset', '--quiet', '--hard', 'HEAD~1')
    const now = await sync.look()
    expect(now.commit).toBe(commit)
    expect(now).not.toHaveProperty('message')
    expect(await seen('README.md')).toBe('theirs')
  })

  test('and pushed is what it has', async () => {
    const sync = await followed({ GIT_DEPTH: '0' })
    await writeFile(work('mine.md'), 'mine')
    await git(work(), 'add', 'mine.md')
    await git(work(), 'commit', '--quiet', '--message', 'mine')
    await git(work(), 'push', '--quiet', 'origin', 'main')
    const commit = await git(work(), 'rev-parse', 'HEAD')
    expect(await sync.look()).toMatchObject({ commit })
    expect(await git(work(), 'status', '--porcelain')).toBe('')
  })

  test('is not mixed up with a git that is at work; our own lock after a crash is taken back', async () => {
    const sync = await followed()
    await writeFile(work('.git/index.lock'), '')
    await put('README.md', 'theirs')
    const commit = await push()
    expect((await sync.look()).message).toMatch(/is using git right now/)
    await writeFile(work('.git/index.lock'), 'kubeopencode git-sync\n')
    expect(await sync.look()).toMatchObject({ commit })
    expect(existsSync(work('.git/index.lock'))).toBe(false)
  })

  test('to links leads nowhere outside', async () => {
    await put('docs/a.md', 'one')
    await push()
    const sync = await followed()
    const outside = join(place, 'outside')
    await mkdir(outside)
    await writeFile(join(outside, 'a.md'), 'one')
    await rm(work('docs'), { recursive: true })
    await symlink(outside, work('docs'))
    await put('docs/a.md', 'two')
    await put('docs/b.md', 'two')
    const commit = await push()
    const { commit: now, message } = await sync.look()
    expect(now).toBe(commit)
    expect(message).toMatch(/docs\/a\.md, docs\/b\.md/)
    expect(await readdir(outside)).toEqual(['a.md'])
    expect(await readFile(join(outside, 'a.md'), 'utf8')).toBe('one')
  })

  test('in the configuration of its repository runs nothing here', async () => {
    const sync = await followed()
    const trap = join(place, 'trap')
    await writeFile(trap, `#!/bin/sh\nenv > ${place}/stolen\n`)
    await chmod(trap, 0o755)
    for (const key of ['core.fsmonitor', 'core.sshCommand', 'filter.x.smudge', 'filter.x.clean', 'credential.helper'])
      await git(work(), 'config', key, trap)
    await appendFile(work('.git/info/attributes'), '* filter=x\n')
    await writeFile(work('.git/hooks/post-checkout'), `#!/bin/sh\nexec ${trap}\n`).catch(() => undefined)
    await put('README.md', 'theirs')
    const commit = await push()
    expect(await sync.look()).toMatchObject({ commit })
    expect(existsSync(join(place, 'stolen'))).toBe(false)
  })
})

describe('readers', () => {
  const marks = (round: number): Promise<void>[] =>
    ['a.md', 'b.md', 'deep/c.md'].map((path) => put(path, `${`${round}\n`.repeat(20_000)}end of ${round}\n`))

  test('never miss a file and never see half of one', async () => {
    await Promise.all(marks(0))
    await push()
    const sync = await followed()
    let reads = 0
    const stop = new AbortController()
    const torn: string[] = []
    const hammer = async (path: string): Promise<void> => {
      while (!stop.signal.aborted) {
        const text = await seen(path).catch((error: Error) => error.message)
        const round = text.split('\n', 1)[0]
        if (text !== `${`${round}\n`.repeat(20_000)}end of ${round}\n`) torn.push(`${path}: ${text.slice(0, 80)}`)
        reads += 1
      }
    }
    const readers = ['a.md', 'b.md', 'deep/c.md', 'a.md'].map(hammer)
    for (const round of [1, 2, 3, 4]) {
      await Promise.all(marks(round))
      const commit = await push()
      expect(await sync.look()).toMatchObject({ commit })
      expect((await seen('deep/c.md')).split('\n', 1)).toEqual([String(round)])
    }
    stop.abort()
    await Promise.all(readers)
    expect(torn).toEqual([])
    expect(reads).toBeGreaterThan(100)
  })
})

describe('a remote that is away', () => {
  test('is told in the same words each time, and followed again when it is back', async () => {
    const sync = await followed()
    const moved = join(root, `${name}.away`)
    await put('README.md', 'after')
    const commit = await push()
    await rename(join(root, name), moved)
    const { message, commit: before } = await sync.look()
    expect(message).toContain(`Git repository ${open.url}/${name} does not exist`)
    expect(await sync.look()).toMatchObject({ message, commit: before })
    expect(sync.lines.filter((line) => line === message)).toHaveLength(1)
    await rename(moved, join(root, name))
    const now = await sync.look()
    expect(now.commit).toBe(commit)
    expect(now).not.toHaveProperty('message')
  })

  test('that takes the connection and says nothing is given up at once on SIGTERM', async () => {
    await init()
    const silent: Server = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const address = silent.address() as { port: number }
    const sync = await start({ GIT_REPO: `http://127.0.0.1:${address.port}/x.git`, GIT_SYNC_POLICY: 'Rollout' })
    const looking = sync.look()
    await vi.waitFor(
      () =>
        new Promise<void>((resolve, reject) => {
          silent.getConnections((_, count) => (count > 0 ? resolve() : reject(new Error('not asked yet'))))
        }),
      { timeout: 60_000 },
    )
    const before = Date.now()
    sync.stop()
    await looking
    // Sooner than the kubelet, which kills it after 30 s, and than git gives up by itself.
    expect(Date.now() - before).toBeLessThan(10_000)
    silent.close()
  })
})

describe('Rollout', () => {
  test('tells what the remote has and touches nothing', async () => {
    const env = { GIT_SYNC_POLICY: 'Rollout' }
    const sync = await followed(env)
    const { commit } = await sync.look()
    await put('README.md', 'theirs')
    const head = await push()
    expect(await sync.look()).toMatchObject({ commit, head })
    expect(await git(work(), 'rev-parse', 'HEAD')).toBe(commit)
  })

  test('on a persistent workspace: the next start brings the newest commit and keeps what was changed', async () => {
    await put('a.md', 'a')
    await push()
    await init()
    await writeFile(work('README.md'), 'mine')
    await put('a.md', 'theirs')
    const commit = await push()
    // The Pod is gone, and with it every volume but the workspace.
    await rm(join(place, 'git'), { recursive: true })
    expect((await init()).join('\n')).toContain(`brought to ${commit}`)
    expect([await seen('README.md'), await seen('a.md')]).toEqual(['mine', 'theirs'])
    const sync = await start({ GIT_SYNC_POLICY: 'Rollout' })
    expect(await sync.look()).toMatchObject({ commit, head: commit })
  })

  test('on a persistent workspace with another repository: it is left as it is, and the server starts', async () => {
    await init()
    await rm(join(place, 'git'), { recursive: true })
    const lines = await init({ GIT_REPO: `${open.url}/tea-timer.git` })
    expect(lines.join('\n')).toMatch(/holds http.*not what the context names now; it is left as it is/)
  })
})

describe('private repositories', () => {
  test('with a password and a private CA, and no secret anywhere', async () => {
    const { key, cert } = await selfSigned('127.0.0.1')
    const guarded = await startGitServer({ root, tls: { key, cert }, auth: { username: 'robot', password } })
    ends.push(guarded.close)
    await writeFile(join(place, 'ca.pem'), cert)
    const env = {
      GIT_REPO: `${guarded.url}/${name}`,
      GIT_USERNAME: 'robot',
      GIT_PASSWORD: password,
      CUSTOM_CA_CERT_PATH: join(place, 'ca.pem'),
    }
    const sync = await followed(env)
    await put('README.md', 'theirs')
    const commit = await push()
    expect(await sync.look()).toMatchObject({ commit })
    const wrong = await start({ ...env, GIT_PASSWORD: 'wr0ng' })
    const { message } = await wrong.look()
    expect(message).toMatch(/refuses the credentials; check the Secret/)
    const said = [
      ...sync.lines,
      ...wrong.lines,
      message,
      await everything(work()),
      await everything(join(place, 'git')),
    ]
    for (const secret of [password, 'wr0ng']) expect(said.join('\n')).not.toContain(secret)
  })

  test('over ssh, with the key of the Secret', async () => {
    // Git's protocol is real; the program in ssh's place runs the server's side here.
    const bin = join(place, 'bin')
    await mkdir(bin)
    await writeFile(
      join(bin, 'ssh'),
      `#!/bin/sh
while [ $# -gt 2 ]; do [ "$1" = -i ] && cp "$2" ${place}/key-seen; shift; done
case "$1" in git@tea.example) cd ${root} && exec sh -c "$2" ;; *) exit 255 ;; esac
`,
    )
    await chmod(join(bin, 'ssh'), 0o755)
    const env = {
      PATH: `${bin}:${process.env['PATH']}`,
      GIT_REPO: `git@tea.example:${name}`,
      GIT_SSH_KEY: `-----BEGIN OPENSSH PRIVATE KEY-----\n${password}\n-----END OPENSSH PRIVATE KEY-----`,
      GIT_SSH_KNOWN_HOSTS: 'tea.example ssh-ed25519 AAAA',
    }
    const sync = await followed(env)
    expect(await readFile(join(place, 'key-seen'), 'utf8')).toContain(password)
    await put('README.md', 'theirs')
    const commit = await push()
    expect(await sync.look()).toMatchObject({ commit })
    expect(await seen('README.md')).toBe('theirs')
    expect(sync.lines.join('\n')).not.toContain(password)
  })
})

describe('the program', () => {
  test('serves its state and ends on SIGTERM, long before its next look', async () => {
    await init()
    const port = await freePort('127.0.0.1')
    const child = spawn(process.execPath, ['functions/pod/main.ts', 'git-sync'], {
      env: { ...inputs({ GIT_SYNC_PORT: String(port), GIT_SYNC_INTERVAL: '600' }) },
      stdio: 'ignore',
    })
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    const report = await vi.waitFor(async () => await (await fetch(`http://127.0.0.1:${port}/`)).json(), {
      timeout: 90_000,
    })
    expect(SyncReport.parse(report).commit).toBe(await git(author, 'rev-parse', 'HEAD'))
    expect((await fetch(`http://127.0.0.1:${port}/../etc`)).status).toBe(404)
    const before = Date.now()
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(Date.now() - before).toBeLessThan(10_000)
  })

  const refused = [
    { name: 'a policy that is none', env: { GIT_SYNC_POLICY: 'Sometimes' }, says: /GIT_SYNC_POLICY must be/ },
    { name: 'an option for a repository', env: { GIT_REPO: '--upload-pack=touch /tmp/p;' }, says: /GIT_REPO must be/ },
  ]
  test.each(refused)('$name is refused', async ({ env, says }) => {
    await expect(start(env)).rejects.toThrow(says)
  })

  test('a single file that is mounted is refused with the remedy', async () => {
    const env = { GIT_WORKSPACE_DIR: join(place, 'git/tree'), GIT_REPO_SUBPATH: 'README.md' }
    await expect(init(env)).rejects.toThrow(/is a file, which cannot be exchanged while it is mounted/)
  })
})
