import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { HelperFault } from '../helper.ts'
import { gitFault, type FaultContext } from './faults.ts'
import { checkHost, type GitInputs } from './inputs.ts'

const deepestSubmodule = 10

/** git failed; `stderr` is as git wrote it and may hold secrets. */
export class GitError extends Error {
  readonly stderr: string
  constructor(stderr: string) {
    super('git failed')
    this.stderr = stderr
  }
}

export type Git = (cwd: string, ...args: string[]) => Promise<string>

/** How long a command may take, and what ends it before. */
export type GitLimits = { readonly signal: AbortSignal; readonly seconds: number }

/** Ends `child` and whatever it has started, such as git's transport. Gives a function that stops watching. */
const endWith = (child: ChildProcess, { signal, seconds }: GitLimits): (() => void) => {
  const end = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
    } catch {
      // It has ended by itself.
    }
  }
  const timer = setTimeout(end, seconds * 1000)
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  return () => {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
  }
}

/** Runs git with exactly `env`. Throws GitError, or HelperFault where git is missing. */
export const gitWith =
  (env: Record<string, string>, limits?: GitLimits): Git =>
  (cwd, ...args) =>
    new Promise((resolve, reject) => {
      // A group of its own, where it has to be ended as a whole.
      const child = spawn('git', args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: limits !== undefined })
      const done = limits ? endWith(child, limits) : undefined
      let stdout = ''
      let stderr = ''
      // A character may be split between two chunks.
      child.stdout.setEncoding('utf8').on('data', (chunk) => (stdout += String(chunk)))
      child.stderr.setEncoding('utf8').on('data', (chunk) => (stderr += String(chunk)))
      child.on('error', (cause) =>
        reject(new HelperFault('git could not be started; the image needs git on its PATH.', { cause })),
      )
      child.on('close', (code, signal) => {
        done?.()
        if (code === 0) resolve(stdout.trim())
        else
          reject(
            new GitError(stderr === '' && signal ? `git did not end in time and was stopped by ${signal}` : stderr),
          )
      })
    })

export const isCommit = (ref: string): boolean => /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(ref)
export const mayBeShortCommit = (ref: string): boolean => /^[0-9a-f]{7,63}$/.test(ref)

const fetchAll = async (git: Git, directory: string): Promise<void> => {
  await git(directory, 'fetch', '--quiet', '--tags', '--', 'origin', '+refs/heads/*:refs/remotes/origin/*')
}

/** A commit or a full ref name: `clone --branch` takes neither. */
const cloneExact = async (git: Git, { repository, ref, depth }: GitInputs, directory: string): Promise<void> => {
  const shallow = depth > 0 ? [`--depth=${depth}`] : []
  await mkdir(directory, { recursive: true })
  await git(directory, 'init', '--quiet', '--template=')
  await git(directory, 'remote', 'add', '--', 'origin', repository)
  try {
    await git(directory, 'fetch', '--quiet', ...shallow, '--', 'origin', ref)
  } catch (error) {
    // Some servers hand out a commit only as part of a branch.
    if (
      !(error instanceof GitError) ||
      !isCommit(ref) ||
      !/unadvertised|not our ref|want .* not valid/i.test(error.stderr)
    )
      throw error
    await fetchAll(git, directory)
  }
  await git(directory, 'checkout', '--quiet', '--detach', isCommit(ref) ? ref : 'FETCH_HEAD')
}

const cloneNamed = async (git: Git, inputs: GitInputs, directory: string): Promise<void> => {
  const { root, repository, ref, depth } = inputs
  const shallow = depth > 0 ? [`--depth=${depth}`] : []
  const branch = ref === 'HEAD' ? [] : [`--branch=${ref}`]
  try {
    await git(root, 'clone', '--quiet', '--template=', ...shallow, ...branch, '--', repository, directory)
  } catch (error) {
    if (!(error instanceof GitError) || !mayBeShortCommit(ref) || !/Remote branch .* not found/.test(error.stderr))
      throw error
    await rm(directory, { recursive: true, force: true })
    await git(root, 'clone', '--quiet', '--template=', '--no-checkout', '--', repository, directory)
    await git(directory, 'checkout', '--quiet', '--detach', ref)
  }
}

/** Values of one key of all submodules, such as `url`. */
const submodules = async (git: Git, directory: string, key: 'url' | 'path', ...file: string[]): Promise<string[]> => {
  const lines = await git(directory, 'config', ...file, '--get-regexp', `^submodule\\..*\\.${key}$`).catch(() => '')
  return lines.split('\n').flatMap((line) => (line === '' ? [] : [line.slice(line.indexOf(' ') + 1)]))
}

/** Level by level, so that no submodule is fetched from a host before somebody has looked at it. */
export const updateSubmodules = async (git: Git, inputs: GitInputs, directory: string, level = 1): Promise<void> => {
  const { depth, allowedHosts, repository } = inputs
  if (level > deepestSubmodule)
    throw new HelperFault(
      `Git repository ${repository} has submodules more than ${deepestSubmodule} levels deep; clone it without them.`,
    )
  await git(directory, 'submodule', '--quiet', 'init')
  for (const url of await submodules(git, directory, 'url')) checkHost(url, allowedHosts)
  await git(directory, 'submodule', '--quiet', 'update', ...(depth > 0 ? [`--depth=${depth}`] : []))
  for (const path of await submodules(git, directory, 'path', '--file', '.gitmodules'))
    if (existsSync(join(directory, path, '.gitmodules')))
      await updateSubmodules(git, inputs, join(directory, path), level + 1)
}

const cloneOnce = async (git: Git, inputs: GitInputs, directory: string): Promise<void> => {
  const { ref, shouldRecurseSubmodules } = inputs
  if (isCommit(ref) || ref.startsWith('refs/')) await cloneExact(git, inputs, directory)
  else await cloneNamed(git, inputs, directory)
  if (shouldRecurseSubmodules) await updateSubmodules(git, inputs, directory)
}

/**
 * Clones to `inputs.target`, which then exists whole or not at all.
 * Throws HelperFault with a sentence that names the repository and the remedy.
 */
export const clone = async (
  git: Git,
  inputs: GitInputs,
  context: FaultContext,
  print: (line: string) => void,
): Promise<void> => {
  const partial = `${inputs.target}.partial`
  await mkdir(inputs.root, { recursive: true })
  for (let attempt = 1; ; attempt++) {
    await rm(partial, { recursive: true, force: true })
    try {
      await cloneOnce(git, inputs, partial)
      break
    } catch (error) {
      await rm(partial, { recursive: true, force: true })
      if (!(error instanceof GitError)) throw error
      const { message, isPassing } = gitFault(error.stderr, context)
      if (!isPassing || attempt >= inputs.tries) throw new HelperFault(message)
      const delay = inputs.retryDelaySeconds * attempt
      print(`attempt ${attempt} of ${inputs.tries} failed, next in ${delay} s: ${message}`)
      await new Promise((resolve) => setTimeout(resolve, delay * 1000))
    }
  }
  await rename(partial, inputs.target)
}
