/** How git is run: with our settings only, with credentials for one host only, and without leaving anything behind. */
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HelperFault, type Env } from '../helper.ts'
import type { GitCredentials } from './inputs.ts'

export type GitEnvironment = {
  readonly env: Record<string, string>
  /** Removes keys and certificates from the disk. */
  readonly dispose: () => Promise<void>
}

const systemCertificates = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
]

const passedOn = [
  'PATH',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'all_proxy',
  'ALL_PROXY',
]

// The password travels in the environment and through a pipe: it is in no argument list and in no file.
const helperScript =
  '!f() { if test "$1" = get; then printf "username=%s\\npassword=%s\\n" "$GIT_INIT_USERNAME" "$GIT_INIT_PASSWORD"; fi; }; f'

const settings = (repository: string, hasPassword: boolean): readonly (readonly [string, string])[] => [
  // Nothing in a repository may run a program while it is being fetched.
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['safe.bareRepository', 'explicit'],
  ['credential.helper', ''],
  ...(hasPassword ? [[`credential.${new URL(repository).origin}.helper`, helperScript] as const] : []),
  // A server that stops sending must not hold the Pod for ever.
  ['http.lowSpeedLimit', '1000'],
  ['http.lowSpeedTime', '60'],
  ['advice.detachedHead', 'false'],
  ['init.defaultBranch', 'main'],
  ['gc.auto', '0'],
]

export const joinCertificates = async (caPath: string, directory: string): Promise<string> => {
  const own = await readFile(caPath, 'utf8').catch((cause: unknown) => {
    throw new HelperFault(`The CA bundle ${caPath} cannot be read; check the Agent's caBundle.`, { cause })
  })
  if (!own.includes('-----BEGIN CERTIFICATE-----'))
    throw new HelperFault(`The CA bundle ${caPath} holds no PEM certificate; check the Agent's caBundle.`)
  const system = systemCertificates.find((path) => existsSync(path))
  const joined = join(directory, 'certificates.pem')
  await writeFile(joined, `${system ? await readFile(system, 'utf8') : ''}\n${own}\n`)
  return joined
}

const sshCommand = async ({ sshKey, sshKnownHosts }: GitCredentials, directory: string): Promise<string> => {
  const knownHosts = join(directory, 'known_hosts')
  await writeFile(knownHosts, sshKnownHosts ? `${sshKnownHosts.replace(/\r/g, '').trimEnd()}\n` : '')
  const options = [
    'BatchMode=yes',
    'ConnectTimeout=30',
    'ServerAliveInterval=15',
    'ServerAliveCountMax=4',
    `UserKnownHostsFile=${knownHosts}`,
    'GlobalKnownHostsFile=/dev/null',
    // Without known hosts the first key is trusted: there is nothing to compare it with.
    `StrictHostKeyChecking=${sshKnownHosts ? 'yes' : 'accept-new'}`,
  ]
  const key = join(directory, 'key')
  if (sshKey) {
    // OpenSSH refuses a key without a last line end or with those of another system.
    await writeFile(key, `${sshKey.replace(/\r/g, '').trimEnd()}\n`, { mode: 0o600 })
    options.push('IdentitiesOnly=yes')
  }
  return [
    'ssh',
    '-F',
    '/dev/null',
    ...(sshKey ? ['-i', key] : []),
    ...options.flatMap((option) => ['-o', option]),
  ].join(' ')
}

export const makeGitEnvironment = async (
  env: Env,
  repository: string,
  credentials: GitCredentials,
  caPath: string | undefined,
): Promise<GitEnvironment> => {
  const directory = await mkdtemp(join(tmpdir(), 'git-init-'))
  const dispose = (): Promise<void> => rm(directory, { recursive: true, force: true })
  try {
    const isHttp = /^https?:/.test(repository)
    const password = isHttp ? credentials.password : undefined
    const config = settings(repository, password !== undefined)
    const inherited = passedOn.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]))
    return {
      env: {
        ...Object.fromEntries(inherited),
        HOME: directory,
        LC_ALL: 'C',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_TERMINAL_PROMPT: '0',
        GIT_ASKPASS: '',
        SSH_ASKPASS: '',
        // Holds for submodules too, whatever their addresses say.
        GIT_ALLOW_PROTOCOL: 'https:http:ssh',
        GIT_CONFIG_COUNT: String(config.length),
        ...Object.fromEntries(
          config.flatMap(([key, value], index) => [
            [`GIT_CONFIG_KEY_${index}`, key],
            [`GIT_CONFIG_VALUE_${index}`, value],
          ]),
        ),
        ...(password !== undefined && {
          GIT_INIT_USERNAME: credentials.username ?? 'git',
          GIT_INIT_PASSWORD: password,
        }),
        ...(!isHttp && { GIT_SSH_COMMAND: await sshCommand(credentials, directory), GIT_SSH_VARIANT: 'ssh' }),
        ...(caPath !== undefined && { GIT_SSL_CAINFO: await joinCertificates(caPath, directory) }),
      },
      dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}
