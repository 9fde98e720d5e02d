import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { clone, gitWith } from './git/clone.ts'
import { makeGitEnvironment } from './git/environment.ts'
import { readGitInputs } from './git/inputs.ts'
import { copyToWorkspace, isInWorkspace, trustDirectory, wantedPart } from './git/place.ts'
import type { Helper } from './helper.ts'

export const gitInit: Helper = {
  purpose: 'clones a Git repository once; what is already cloned is left as it is',
  variables: {
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
    GIT_CLONE_RETRIES: 'tries, default 3',
    GIT_CLONE_RETRY_DELAY: 'seconds before the second try, default 5; later ones wait longer',
    GIT_WORKSPACE_DIR: 'copies the content into this directory and keeps the files that are there',
    GIT_REPO_SUBPATH: 'only this path of the repository',
    GIT_REQUIRED_PATHS: 'JSON list of paths below it that have to be there',
    GIT_ALLOWED_HOSTS: 'comma-separated hosts to clone from, submodules too; any if unset',
    GIT_SECRET: 'name of the Secret that the credentials come from',
    GIT_SECRET_HOSTS: 'hosts that the Secret may be sent to; any if unset',
    GIT_MOUNT_PATH: 'where the agent sees the clone, default GIT_WORKSPACE_DIR or the clone itself',
    GIT_CONFIG_GLOBAL: 'file that gets safe.directory for that path',
    CUSTOM_CA_CERT_PATH: 'PEM certificates to trust besides those of the system',
  },
  run: async (env, print) => {
    const inputs = readGitInputs(env)
    const { repository, ref, depth, target, workspaceDir, credentials } = inputs
    const setup = await makeGitEnvironment(env, repository, credentials, inputs.caPath)
    try {
      const git = gitWith(setup.env)
      if (workspaceDir !== undefined && isInWorkspace(inputs)) {
        print(`${workspaceDir} has a clone already; it is left as it is`)
        await trustDirectory(git, inputs)
        return
      }
      if (existsSync(join(target, '.git'))) print(`${target} has a clone already; it is left as it is`)
      else {
        print(`cloning ${repository} at ${ref} ${depth > 0 ? `(depth ${depth})` : '(all history)'} to ${target}`)
        const secrets = [credentials.password, credentials.sshKey].filter((secret) => secret !== undefined)
        const hasCredentials = credentials.password !== undefined || credentials.sshKey !== undefined
        await clone(git, inputs, { repository, ref, hasCredentials, secrets }, print)
        const head = await git(target, 'log', '-1', '--format=%H %s').catch(() => 'an empty repository')
        print(`at ${head}`)
      }
      await wantedPart(inputs)
      if (workspaceDir !== undefined) {
        await mkdir(workspaceDir, { recursive: true })
        await copyToWorkspace(inputs, workspaceDir)
        print(`copied to ${workspaceDir}`)
      }
      await trustDirectory(git, inputs)
    } finally {
      await setup.dispose()
    }
  },
}
