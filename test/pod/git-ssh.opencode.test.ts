import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { gitInit } from '../../functions/pod/git-init.ts'
import { demoRepository, seedRepository } from '../../infra/local/git-seed.ts'

const run = promisify(execFile)
const sshd = '/usr/sbin/sshd'
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

const answers = async (port: number): Promise<void> => {
  for (const deadline = Date.now() + 120_000; ;) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true))
      socket.on('error', () => resolve(false))
      socket.on('connect', () => socket.destroy())
    })
    if (isOpen) return
    if (Date.now() > deadline) throw new Error('sshd does not listen')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const newKey = async (file: string): Promise<{ readonly secret: string; readonly open: string }> => {
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', file])
  return { secret: await readFile(file, 'utf8'), open: (await readFile(`${file}.pub`, 'utf8')).trim() }
}

describe('a repository over ssh', () => {
  let folder: string
  let server: ChildProcess
  let repository: string
  let knownHosts: string
  let key: string
  let stranger: string
  let otherHosts: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'git-ssh-'))
    await mkdir(join(folder, 'tmp'))
    // Others clone on this machine too.
    vi.stubEnv('TMPDIR', join(folder, 'tmp'))
    await seedRepository(folder, demoRepository)
    const host = await newKey(join(folder, 'host'))
    const mine = await newKey(join(folder, 'mine'))
    const other = await newKey(join(folder, 'other'))
    const port = await freePort()
    const keys = join(folder, 'authorized_keys')
    // Whoever has the key may fetch and nothing else.
    await writeFile(
      keys,
      `restrict,command="git -c safe.directory=* shell -c \\"$SSH_ORIGINAL_COMMAND\\"" ${mine.open}\n`,
    )
    const config = join(folder, 'sshd_config')
    await writeFile(
      config,
      [
        `ListenAddress 127.0.0.1:${port}`,
        `HostKey ${join(folder, 'host')}`,
        `AuthorizedKeysFile ${keys}`,
        `PidFile ${join(folder, 'pid')}`,
        'PasswordAuthentication no',
        'KbdInteractiveAuthentication no',
        'StrictModes no',
        'UsePAM no',
        'PermitRootLogin prohibit-password',
      ].join('\n'),
    )
    await mkdir('/run/sshd', { recursive: true })
    server = spawn(sshd, ['-D', '-e', '-f', config], { stdio: 'ignore' })
    await answers(port)
    repository = `ssh://${userInfo().username}@127.0.0.1:${port}${folder}/${demoRepository.name}.git`
    knownHosts = `[127.0.0.1]:${port} ${host.open}\n`
    key = mine.secret
    stranger = other.secret
    otherHosts = `[127.0.0.1]:${port} ${other.open}\n`
  })
  afterAll(async () => {
    server?.kill()
    vi.unstubAllEnvs()
    await rm(folder, { recursive: true, force: true })
  })

  const clone = async (env: Record<string, string>): Promise<{ place: string; lines: string[] }> => {
    const place = await mkdtemp(join(folder, 'place-'))
    const lines: string[] = []
    const inputs = { PATH: process.env['PATH'], GIT_REPO: repository, GIT_ROOT: place, GIT_CLONE_RETRIES: '1', ...env }
    await gitInit.run(inputs, (line) => lines.push(line))
    return { place, lines }
  }
  const leftovers = async (): Promise<string[]> =>
    (await readdir(tmpdir())).filter((name) => name.startsWith('git-init-'))

  test('is cloned with a key and the host’s own key, whatever its line ends, and leaves neither behind', async () => {
    const { place, lines } = await clone({
      GIT_SSH_KEY: key.replaceAll('\n', '\r\n').trimEnd(),
      GIT_SSH_KNOWN_HOSTS: knownHosts,
    })
    expect(existsSync(join(place, 'repo/README.md'))).toBe(true)
    expect(await readFile(join(place, 'repo/.git/config'), 'utf8')).not.toMatch(/PRIVATE KEY|sshCommand/)
    expect(lines.join('\n')).not.toContain(key.slice(60, 100))
    expect(await leftovers()).toEqual([])
  })

  test('is cloned without known hosts: there is nothing to compare with', async () => {
    const { place } = await clone({ GIT_SSH_KEY: key })
    expect(existsSync(join(place, 'repo/README.md'))).toBe(true)
  })

  const refused = [
    {
      name: 'another host key',
      env: () => ({ GIT_SSH_KEY: key, GIT_SSH_KNOWN_HOSTS: otherHosts }),
      says: /another host key than known_hosts says/,
    },
    {
      name: 'a key that nobody knows',
      env: () => ({ GIT_SSH_KEY: stranger, GIT_SSH_KNOWN_HOSTS: knownHosts }),
      says: /credentials/,
    },
    {
      name: 'a key that is none',
      env: () => ({ GIT_SSH_KEY: 'pl4nted', GIT_SSH_KNOWN_HOSTS: knownHosts }),
      says: /SSH key|credentials/,
    },
    {
      name: 'a Secret without a key',
      env: () => ({ GIT_SECRET: 'deploy' }),
      says: /Secret deploy does not exist or has none/,
    },
    {
      name: 'a Secret for another host',
      env: () => ({ GIT_SSH_KEY: key, GIT_SECRET_HOSTS: 'github.com' }),
      says: /meant for github\.com and is not sent to ssh:/,
    },
  ]
  test.each(refused)('$name is told, without the key', async ({ env, says }) => {
    const failure = await clone(env()).then(
      () => 'it was cloned',
      (error: Error) => error.message,
    )
    expect(failure).toMatch(says)
    expect(failure).not.toMatch(/PRIVATE KEY|pl4nted/)
    expect(await leftovers()).toEqual([])
  })
})
