/** Brings a clone to where the agent works. */
import { existsSync } from 'node:fs'
import { appendFile, cp, mkdir, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HelperFault } from '../helper.ts'
import type { Git } from './clone.ts'
import { at } from './directory.ts'
import type { GitInputs } from './inputs.ts'

export const ownDirectory = '.kubeopencode'

/** A copied subdirectory has no .git that would tell a restart that it is there already, and what it is. */
const markerName = `${ownDirectory}/git-init.json`
const marker = (workspaceDir: string): string => join(workspaceDir, markerName)

export type Marker = {
  readonly repository: string
  readonly ref: string
  readonly path: string
  /** Absent where an older git-init has written it. */
  readonly commit?: string
}

/** What was put here; undefined where nothing says so. The agent can write it, so it is no more than a hint. */
export const readMarker = async (place: string): Promise<Marker | undefined> => {
  try {
    const text = await at(place, markerName, (path) => readFile(path, 'utf8'))
    const { repository, ref, path, commit } = JSON.parse(text ?? '') as Partial<Marker>
    return typeof repository === 'string' && typeof ref === 'string' && typeof path === 'string'
      ? { repository, ref, path, ...(typeof commit === 'string' && { commit }) }
      : undefined
  } catch {
    return undefined
  }
}

export const writeMarker = async (
  { repository, ref, subpath }: GitInputs,
  place: string,
  commit: string,
): Promise<void> => {
  const text = `${JSON.stringify({ repository, ref, path: subpath, commit })}\n`
  const partial = `${markerName}.partial`
  await at(
    place,
    partial,
    async (path) => {
      await rm(path, { force: true })
      await writeFile(path, text, { flag: 'wx' })
      await at(place, markerName, (target) => rename(path, target))
    },
    { make: true },
  )
}

export const isInWorkspace = ({ workspaceDir, subpath }: GitInputs): boolean =>
  workspaceDir !== undefined && existsSync(subpath === '' ? join(workspaceDir, '.git') : marker(workspaceDir))

const partOf = async ({ repository, ref, target }: GitInputs, subpath: string, field: string): Promise<string> => {
  const root = await realpath(target)
  const path = await realpath(join(target, subpath)).catch(() => undefined)
  if (path === undefined)
    throw new HelperFault(`Git repository ${repository} has no path "${subpath}" at ${ref}; correct ${field}.`)
  if (path !== root && !path.startsWith(`${root}/`))
    throw new HelperFault(
      `The path "${subpath}" of Git repository ${repository} is a link out of the repository; name a path inside.`,
    )
  return path
}

/**
 * The wanted part of the clone. Throws HelperFault when it, or something in it that was named, is not there or leads
 * out of the repository.
 */
export const wantedPart = async (inputs: GitInputs): Promise<string> => {
  const { subpath, requiredPaths } = inputs
  const part = await partOf(inputs, subpath, 'path')
  for (const required of requiredPaths) await partOf(inputs, [subpath, required].filter(Boolean).join('/'), 'names')
  return part
}

/**
 * Copies into the workspace and keeps every file that is there: files of other contexts come first, and the edits of
 * an agent on a persistent workspace are never overwritten.
 */
export const copyToWorkspace = async (inputs: GitInputs, workspaceDir: string, commit: string): Promise<void> => {
  const source = await wantedPart(inputs)
  await mkdir(join(workspaceDir, ownDirectory), { recursive: true })
  const keep = { recursive: true, force: false, errorOnExist: false, verbatimSymlinks: true }
  if ((await stat(source)).isDirectory()) {
    for (const name of await readdir(source))
      if (name !== '.git') await cp(join(source, name), join(workspaceDir, name), keep)
  } else await cp(source, join(workspaceDir, inputs.subpath.split('/').at(-1) ?? ''), keep)

  await writeMarker(inputs, workspaceDir, commit)
  const { subpath } = inputs
  if (subpath !== '') return
  // Last and by rename: .git is the sign that the copy is complete.
  const partial = join(workspaceDir, '.git.partial')
  await rm(partial, { recursive: true, force: true })
  await cp(join(source, '.git'), partial, { recursive: true, verbatimSymlinks: true })
  await mkdir(join(partial, 'info'), { recursive: true })
  // Our own files in the workspace are no change of the agent's.
  await appendFile(join(partial, 'info', 'exclude'), `/${ownDirectory}/\n/task.md\n`)
  await rename(partial, join(workspaceDir, '.git'))
}

/**
 * Lets git work in the clone for an agent with another user id; for this path and no other. The agent's own
 * configuration, which git would read if none were named, stays in force.
 */
export const trustDirectory = async (git: Git, { globalConfig, seenAt }: GitInputs): Promise<void> => {
  if (globalConfig === undefined) return
  const config = (...args: string[]): Promise<string> => git('/', 'config', '--file', globalConfig, ...args)
  const known = await config('--get-all', 'safe.directory').catch(() => '')
  if (known === '') await config('--add', 'include.path', '~/.gitconfig')
  if (!known.split('\n').includes(seenAt)) await config('--add', 'safe.directory', seenAt)
}
