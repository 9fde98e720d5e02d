import { existsSync } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { clone, GitError, gitWith } from './git/clone.ts'
import { makeGitEnvironment } from './git/environment.ts'
import { gitFault, type FaultContext } from './git/faults.ts'
import { readGitInputs, type GitInputs } from './git/inputs.ts'
import { copyToWorkspace, isInWorkspace, trustDirectory, wantedPart } from './git/place.ts'
import { placedNow, update, writePlaced } from './git/update.ts'
import { HelperFault, type Env, type Helper } from './helper.ts'

/** Variables that git-init and git-sync share. */
export const gitVariables = {
  GIT_REPO: 'https://, http://, ssh:// or git@host:path (required)',
  GIT_REF: 'branch, tag or commit, default HEAD',
  GIT_DEPTH: 'commits of history, default 1, 0 is all',
  GIT_ROOT: 'parent directory of the clone, default /git',
  GIT_LINK: 'name of the clone, default repo',
  GIT_RECURSE_SUBMODULES: 'true clones submodules too',
  GIT_USERNAME: 'for http and https',
  GIT_PASSWORD: 'password or token for http and https',
  GIT_SSH_KEY: 'private key for ssh',
  GIT_SSH_KNOWN_HOSTS: 'host keys for ssh; without them the first key is trusted',
  GIT_WORKSPACE_DIR: 'copies the content into this directory and keeps the files that are there',
  GIT_REPO_SUBPATH: 'only this path of the repository',
  GIT_ALLOWED_HOSTS: 'comma-separated hosts to clone from, submodules too; any if unset',
  GIT_SECRET: 'name of the Secret that the credentials come from',
  GIT_SECRET_HOSTS: 'hosts that the Secret may be sent to; any if unset',
  CUSTOM_CA_CERT_PATH: 'PEM certificates to trust besides those of the system',
}

/** What messages about `inputs` may say and what they must not. */
export const faultContext = ({ repository, ref, credentials }: GitInputs): FaultContext => ({
  repository,
  ref,
  hasCredentials: credentials.password !== undefined || credentials.sshKey !== undefined,
  secrets: [credentials.password, credentials.sshKey].filter((secret) => secret !== undefined),
})

/** The sentence for whatever went wrong while a remote was followed. */
export const followFault = (error: unknown, inputs: GitInputs): string => {
  if (error instanceof GitError) return gitFault(error.stderr, { ...faultContext(inputs), tried: 'fetched' }).message
  if (error instanceof HelperFault) return error.message
  return `Git repository ${inputs.repository} could not be followed: ${error instanceof Error ? error.message : String(error)}.`
}

/** A single file that is mounted cannot be exchanged: a mount holds on to the file it began with. */
const mustBeDirectory = async (inputs: GitInputs): Promise<void> => {
  const { root, workspaceDir, subpath, repository } = inputs
  if (workspaceDir?.startsWith(`${root}/`) && !(await stat(await wantedPart(inputs))).isDirectory())
    throw new HelperFault(
      `"${subpath}" of Git repository ${repository} is a file, which cannot be exchanged while it is mounted; name its directory in path, or use sync.policy Rollout.`,
    )
}

/** A clone that survived a restart. A remote that does not answer must not keep the server from starting. */
const resume = async (env: Env, inputs: GitInputs, print: (line: string) => void): Promise<void> => {
  const { workspaceDir, shouldFollow } = inputs
  if (!shouldFollow) {
    print(`${workspaceDir} has a clone already; it is left as it is`)
    return
  }
  const setup = await makeGitEnvironment(env, inputs.repository, inputs.credentials, inputs.caPath)
  try {
    const { commit, message, isNew } = await update(setup.env, inputs)
    print(
      `${workspaceDir} has a clone already; ${isNew ? 'brought to' : 'it is at'} ${commit}${message === undefined ? '' : `. ${message}`}`,
    )
    await writePlaced(inputs, placedNow(commit, message))
  } catch (error) {
    print(`${workspaceDir} has a clone already; it is left as it is: ${followFault(error, inputs)}`)
  } finally {
    await setup.dispose()
  }
}

export const gitInit: Helper = {
  purpose: 'clones a Git repository once; what is already cloned is left as it is',
  variables: {
    ...gitVariables,
    GIT_CLONE_RETRIES: 'tries, default 3',
    GIT_CLONE_RETRY_DELAY: 'seconds before the second try, default 5; later ones wait longer',
    GIT_SYNC: 'true brings a clone that is there already to the newest commit and keeps what was changed in it',
    GIT_REQUIRED_PATHS: 'JSON list of paths below it that have to be there',
    GIT_MOUNT_PATH: 'where the agent sees the clone, default GIT_WORKSPACE_DIR or the clone itself',
    GIT_CONFIG_GLOBAL: 'file that gets safe.directory for that path',
  },
  run: async (env, print) => {
    const inputs = readGitInputs(env)
    const { repository, ref, depth, target, workspaceDir, credentials, shouldFollow } = inputs
    const setup = await makeGitEnvironment(env, repository, credentials, inputs.caPath)
    try {
      const git = gitWith(setup.env)
      if (workspaceDir !== undefined && isInWorkspace(inputs)) {
        await resume(env, inputs, print)
        await trustDirectory(git, inputs)
        return
      }
      if (existsSync(join(target, '.git'))) print(`${target} has a clone already; it is left as it is`)
      else {
        print(`cloning ${repository} at ${ref} ${depth > 0 ? `(depth ${depth})` : '(all history)'} to ${target}`)
        await clone(git, inputs, faultContext(inputs), print)
        const head = await git(target, 'log', '-1', '--format=%H %s').catch(() => 'an empty repository')
        print(`at ${head}`)
      }
      await wantedPart(inputs)
      if (shouldFollow) await mustBeDirectory(inputs)
      const commit = await git(target, 'rev-parse', '--verify', 'HEAD').catch(() => '')
      if (workspaceDir !== undefined) {
        await mkdir(workspaceDir, { recursive: true })
        await copyToWorkspace(inputs, workspaceDir, commit)
        print(`copied to ${workspaceDir}`)
      }
      if (shouldFollow && commit !== '') await writePlaced(inputs, placedNow(commit))
      await trustDirectory(git, inputs)
    } finally {
      await setup.dispose()
    }
  },
}
