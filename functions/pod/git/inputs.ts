/** What git-init is told, checked by the rules that admission uses: a Pod may have been made without us. */
import { Ref, Repository } from '../../../crds/git.ts'
import { RepositoryPath } from '../../../crds/paths.ts'
import { flag, HelperFault, hostList, mayAsk, required, wholeNumber, type Env } from '../helper.ts'

export type GitInputs = {
  readonly repository: string
  readonly ref: string
  /** Commits of history; 0 is all of it. */
  readonly depth: number
  readonly shouldRecurseSubmodules: boolean
  /** Whether a clone that is there already is brought to the newest commit. */
  readonly shouldFollow: boolean
  /** Directory the clone ends up in. */
  readonly target: string
  readonly root: string
  /** A workspace the content is copied to. */
  readonly workspaceDir?: string
  /** Path inside the repository; empty is all of it. */
  readonly subpath: string
  /** Paths below `subpath` that have to be there. */
  readonly requiredPaths: readonly string[]
  /** Hosts to clone from, submodules too; undefined means any. */
  readonly allowedHosts?: readonly string[]
  /** Where the agent sees the clone, for its safe.directory. */
  readonly seenAt: string
  readonly globalConfig?: string
  readonly credentials: GitCredentials
  readonly caPath?: string
  readonly tries: number
  readonly retryDelaySeconds: number
}

export type GitCredentials = {
  readonly username?: string
  readonly password?: string
  readonly sshKey?: string
  readonly sshKnownHosts?: string
}

const checked = (name: string, value: string, schema: typeof Repository): string => {
  const result = schema.safeParse(value)
  // The value is not repeated: an address may carry a password.
  if (!result.success) throw new HelperFault(`${name} ${result.error.issues[0]?.message ?? 'is not valid'}.`)
  return value
}

const readRequiredPaths = (text: string | undefined): readonly string[] => {
  if (!text) return []
  let paths: unknown
  try {
    paths = JSON.parse(text)
  } catch (cause) {
    throw new HelperFault('GIT_REQUIRED_PATHS is not JSON; it must be a list of paths.', { cause })
  }
  if (!Array.isArray(paths) || !paths.every((path) => typeof path === 'string' && path !== ''))
    throw new HelperFault('GIT_REQUIRED_PATHS must be a list of paths.')
  return (paths as string[]).map((path) => checked('GIT_REQUIRED_PATHS', path, RepositoryPath))
}

/** What a Secret gives, as far as it may be sent to the repository's host. Throws HelperFault. */
const readCredentials = (env: Env, repository: string): GitCredentials => {
  const secret = (name: string): string | undefined => env[name] || undefined
  const username = secret('GIT_USERNAME')?.trim()
  const password = secret('GIT_PASSWORD')?.replace(/\r?\n$/, '')
  for (const [name, value] of [
    ['GIT_USERNAME', username],
    ['GIT_PASSWORD', password],
  ] as const)
    if (/[\r\n\0]/.test(value ?? '')) throw new HelperFault(`${name} has more than one line; check the Secret.`)
  const sshKey = secret('GIT_SSH_KEY')
  const sshKnownHosts = secret('GIT_SSH_KNOWN_HOSTS')
  const named = secret('GIT_SECRET')
  if (named && !password && !sshKey)
    throw new HelperFault(
      `Secret ${named} does not exist or has none of the keys username and password, ssh-privatekey; correct secretRef.`,
    )
  const meant = hostList(env['GIT_SECRET_HOSTS'])
  if ((password || sshKey) && !mayAsk(meant, repository))
    throw new HelperFault(
      `The Secret is meant for ${meant?.join(', ')} and is not sent to ${repository}; name another Secret.`,
    )
  return {
    ...(username && { username }),
    ...(password && { password }),
    ...(sshKey && { sshKey }),
    ...(sshKnownHosts && { sshKnownHosts }),
  }
}

/** Throws HelperFault where the cluster's configuration does not allow the host of `repository`. */
export const checkHost = (repository: string, allowedHosts: readonly string[] | undefined): void => {
  if (!mayAsk(allowedHosts, repository))
    throw new HelperFault(
      `Git repository ${repository} may not be cloned: the cluster's configuration allows ${allowedHosts?.length ? `${allowedHosts.join(', ')} only` : 'no host'}.`,
    )
}

const absolute = (name: string, value: string): string => {
  if (!/^\/[^\0]*$/.test(value) || value.split('/').includes('..'))
    throw new HelperFault(`${name} must be an absolute path without "..", not "${value}".`)
  return value.replace(/\/+$/, '') || '/'
}

/** Throws HelperFault. */
export const readGitInputs = (env: Env): GitInputs => {
  const link = env['GIT_LINK'] || 'repo'
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(link))
    throw new HelperFault(`GIT_LINK must be a plain directory name, not "${link}".`)
  const root = absolute('GIT_ROOT', env['GIT_ROOT'] || '/git')
  const target = `${root === '/' ? '' : root}/${link}`
  const workspaceDir = env['GIT_WORKSPACE_DIR'] && absolute('GIT_WORKSPACE_DIR', env['GIT_WORKSPACE_DIR'])
  const repository = checked('GIT_REPO', required(env, 'GIT_REPO'), Repository)
  const allowedHosts = hostList(env['GIT_ALLOWED_HOSTS'])
  checkHost(repository, allowedHosts)
  const caPath = env['CUSTOM_CA_CERT_PATH']
  const globalConfig = env['GIT_CONFIG_GLOBAL']
  return {
    repository,
    ref: checked('GIT_REF', env['GIT_REF'] || 'HEAD', Ref),
    depth: wholeNumber(env, 'GIT_DEPTH', 1),
    shouldRecurseSubmodules: flag(env, 'GIT_RECURSE_SUBMODULES'),
    shouldFollow: flag(env, 'GIT_SYNC'),
    root,
    target,
    ...(workspaceDir && { workspaceDir }),
    subpath: checked('GIT_REPO_SUBPATH', env['GIT_REPO_SUBPATH'] ?? '', RepositoryPath)
      .split('/')
      .filter((segment) => segment !== '' && segment !== '.')
      .join('/'),
    requiredPaths: readRequiredPaths(env['GIT_REQUIRED_PATHS']),
    ...(allowedHosts && { allowedHosts }),
    seenAt: env['GIT_MOUNT_PATH'] || workspaceDir || target,
    ...(globalConfig && { globalConfig }),
    credentials: readCredentials(env, repository),
    ...(caPath && { caPath }),
    tries: Math.max(1, wholeNumber(env, 'GIT_CLONE_RETRIES', 3)),
    retryDelaySeconds: wholeNumber(env, 'GIT_CLONE_RETRY_DELAY', 5),
  }
}
