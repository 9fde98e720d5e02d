/** Follows a remote: what the agent sees becomes the newest commit, and what the agent has made of it stays. */
import { existsSync } from 'node:fs'
import { mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { HelperFault } from '../helper.ts'
import { openAgentRepository } from './agent-repository.ts'
import { gitWith, isCommit, updateSubmodules, type Git, type GitLimits } from './clone.ts'
import type { GitInputs } from './inputs.ts'
import { readMarker, wantedPart, writeMarker } from './place.ts'
import { remoteHead } from './remote.ts'
import { switchFiles, type Side } from './switch.ts'

/** What is in place, for whoever asks; kept beside the clone, where the agent cannot write. */
export type Placed = { readonly commit: string; readonly syncedAt: string; readonly message?: string }

const placedPath = ({ target }: Pick<GitInputs, 'target'>): string => `${target}.json`

export const readPlaced = async (inputs: Pick<GitInputs, 'target'>): Promise<Placed | undefined> => {
  const text = await readFile(placedPath(inputs), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as Placed)
}

export const writePlaced = async (inputs: Pick<GitInputs, 'target'>, placed: Placed): Promise<void> => {
  const path = placedPath(inputs)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(`${path}.partial`, `${JSON.stringify(placed)}\n`)
  await rename(`${path}.partial`, path)
}

export const placedNow = (commit: string, message?: string): Placed => ({
  commit,
  syncedAt: new Date().toISOString(),
  ...(message !== undefined && { message }),
})

const mostNames = 5

const keptMessage = (paths: readonly string[]): string | undefined => {
  if (paths.length === 0) return undefined
  const names = paths.slice(0, mostNames).map((path) => path.replace(/[^ -~]/g, '?').slice(0, 100))
  const more = paths.length > mostNames ? ` and ${paths.length - mostNames} more` : ''
  return `Kept ${paths.length === 1 ? 'a file that is' : `${paths.length} files that are`} not as fetched: ${names.join(', ')}${more}.`
}

/** Everything of a commit that is checked out at `root`, submodules too where they were asked for. */
const sideOf = async (git: Git, inputs: GitInputs, root: string): Promise<Side> => {
  const part = await wantedPart({ ...inputs, target: root })
  const prefix = relative(await realpath(root), part)
  const options = inputs.shouldRecurseSubmodules ? ['--recurse-submodules'] : []
  const listed = (await git(root, 'ls-files', '--stage', '-z', ...options))
    .split('\0')
    .flatMap((line): [string, string][] => {
      const [known = '', path = ''] = line.split('\t', 2)
      return path === '' || known.startsWith('160000') ? [] : [[path, known]]
    })
  const whole = new Map(listed)
  const single = prefix === '' ? undefined : whole.get(prefix)
  if (single !== undefined) return { root: dirname(part), entries: new Map([[basename(part), single]]) }
  const start = prefix === '' ? '' : `${prefix}/`
  return {
    root: part,
    entries: new Map(
      listed.flatMap(([path, known]) => (path.startsWith(start) ? [[path.slice(start.length), known]] : [])),
    ),
  }
}

const checkout = async (git: Git, inputs: GitInputs, root: string, commit: string): Promise<void> => {
  await git(root, 'checkout', '--quiet', '--force', '--detach', commit)
  if (!inputs.shouldRecurseSubmodules) return
  await git(root, 'submodule', '--quiet', 'sync', '--recursive')
  await updateSubmodules(git, inputs, root)
  await git(root, 'clean', '-ffdxq')
}

/** A second working tree of the clone; only what differs from its last commit is written. */
const checkoutNext = async (git: Git, inputs: GitInputs, commit: string): Promise<string> => {
  const next = `${inputs.root}/next`
  const isThere = existsSync(join(next, '.git'))
  if (!isThere) {
    await rm(next, { recursive: true, force: true })
    await git(inputs.target, 'worktree', 'prune')
    await git(inputs.target, 'worktree', 'add', '--quiet', '--force', '--no-checkout', '--detach', next, commit)
  }
  await checkout(git, inputs, next, commit)
  return next
}

const newest = 'refs/kubeopencode/newest'

const fetch = async (git: Git, inputs: GitInputs, name: string, to: string): Promise<void> => {
  const shallow = inputs.depth > 0 ? [`--depth=${inputs.depth}`] : []
  const options = ['--quiet', '--no-tags', '--force', '--no-recurse-submodules', ...shallow]
  // One pack per fetch, so that it can be handed on as it is.
  await git(inputs.target, '-c', 'fetch.unpackLimit=1', 'fetch', ...options, '--', inputs.repository, `+${name}:${to}`)
}

/** On a persistent workspace the clone is gone after a restart; its place alone knows what it has. */
const restoreClone = async (git: Git, inputs: GitInputs, commit: string): Promise<void> => {
  await rm(inputs.target, { recursive: true, force: true })
  await mkdir(inputs.target, { recursive: true })
  await git(inputs.target, 'init', '--quiet', '--template=')
  await fetch(git, inputs, commit, 'refs/kubeopencode/base')
  await checkout(git, inputs, inputs.target, commit)
}

/** Old commits go once nothing refers to them, within bounded memory. */
const collect = async (git: Git, { target }: GitInputs): Promise<void> => {
  const settings = {
    'gc.auto': '256',
    'gc.autoPackLimit': '20',
    'gc.autoDetach': 'false',
    'gc.pruneExpire': 'now',
    'gc.reflogExpire': 'now',
    'gc.reflogExpireUnreachable': 'now',
    'pack.threads': '1',
    'pack.windowMemory': '64m',
  }
  const options = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])
  await git(target, ...options, 'gc', '--auto', '--quiet').catch(() => undefined)
}

const baseCommit = async (git: Git, inputs: GitInputs, place: string): Promise<string> => {
  const { repository, ref, subpath, target } = inputs
  const marker = await readMarker(place)
  if (marker && (marker.repository !== repository || marker.ref !== ref || marker.path !== subpath))
    throw new HelperFault(
      `${place} holds ${marker.repository} at ${marker.ref}, not what the context names now; it is left as it is. Check it out by hand, or remove the volume.`,
    )
  if (existsSync(join(target, '.git'))) return await git(target, 'rev-parse', '--verify', 'HEAD')
  if (marker?.commit === undefined || !isCommit(marker.commit))
    throw new HelperFault(`${place} does not say which commit it has; it is left as it is.`)
  return marker.commit
}

/**
 * Looks at the remote once and brings the agent's files to its newest commit. Gives what is in place then.
 * Throws GitError or HelperFault; nothing has changed then.
 */
export const update = async (
  env: Record<string, string>,
  inputs: GitInputs,
  limits?: GitLimits,
): Promise<Pick<Placed, 'commit' | 'message'> & { readonly isNew: boolean }> => {
  const { target, workspaceDir: place } = inputs
  if (place === undefined) throw new HelperFault('GIT_WORKSPACE_DIR is not set; there is nothing to bring up to date.')
  const git = gitWith(env, limits)
  const from = await baseCommit(git, inputs, place)
  const head = await remoteHead(git, env['HOME'] ?? '/', inputs)
  if (!head || head.commit === from) return { commit: from, isNew: false }

  if (!existsSync(join(target, '.git'))) await restoreClone(git, inputs, from)
  await fetch(git, inputs, head.name, newest)
  const to = await git(target, 'rev-parse', '--verify', `${newest}^{commit}`)
  const next = await checkoutNext(git, inputs, to)
  const [base, wanted] = await Promise.all([sideOf(git, inputs, target), sideOf(git, inputs, next)])
  const repository =
    inputs.subpath === '' ? await openAgentRepository(place, target, { from, to }, env, limits) : undefined
  let kept: readonly string[]
  try {
    kept = await switchFiles(place, base, wanted)
    await repository?.follow()
  } finally {
    await repository?.release()
  }
  await writeMarker(inputs, place, to)
  await checkout(git, inputs, target, to)
  await collect(git, inputs)
  const message = keptMessage(kept)
  return { commit: to, isNew: true, ...(message !== undefined && { message }) }
}
