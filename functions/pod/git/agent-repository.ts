/**
 * The agent's own repository moves with its files, so that its git sees no changes but its own. git is never run in it:
 * what is configured there is the agent's word, and could make our git, which holds credentials, run a program.
 */
import { constants } from 'node:fs'
import { copyFile, open, readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HelperFault } from '../helper.ts'
import { GitError, gitWith, type GitLimits } from './clone.ts'
import { at, InTheWay, look } from './directory.ts'

export type Move = { readonly from: string; readonly to: string }

export type AgentRepository = {
  /** Makes the new commit the agent's own. */
  readonly follow: () => Promise<void>
  /** Lets the agent's git work again. */
  readonly release: () => Promise<void>
}

/** Tells our lock, which a crash may leave behind, from one of the agent's git. */
const signature = 'kubeopencode git-sync\n'
const lock = '.git/index.lock'
const longestText = 16 * 1024 * 1024

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? ''

const readText = async (place: string, path: string): Promise<string | undefined> =>
  await at(place, path, async (found) => {
    const seen = await look(found)
    if (seen.kind !== 'file' || seen.size > longestText) return undefined
    const file = await open(found, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  })

const replace = async (place: string, path: string, write: (path: string) => Promise<void>): Promise<void> => {
  const directory = path.slice(0, path.lastIndexOf('/'))
  await at(
    place,
    `${directory}/kubeopencode.tmp`,
    async (partial) => {
      await unlink(partial).catch(() => undefined)
      await write(partial)
      await at(place, path, (target) => rename(partial, target))
    },
    { make: true },
  )
}

const replaceText = (place: string, path: string, text: string): Promise<void> =>
  replace(place, path, (partial) => writeFile(partial, text, { flag: 'wx' }))

const resolveRef = async (place: string, name: string): Promise<string | undefined> => {
  const loose = await readText(place, `.git/${name}`)
  if (loose !== undefined) return loose.trim()
  const packed = (await readText(place, '.git/packed-refs')) ?? ''
  return packed
    .split('\n')
    .find((line) => line.endsWith(` ${name}`))
    ?.split(' ')[0]
}

/** The name of the checked-out branch, or undefined for a detached HEAD, and the commit it is at. */
const readHead = async (place: string): Promise<{ branch?: string; commit: string }> => {
  const text = (await readText(place, '.git/HEAD'))?.trim() ?? ''
  const branch = /^ref: (refs\/heads\/(?!.*(?:\/\/|\.\.|\/\.|\.lock$))[^\s/][^\s]*)$/.exec(text)?.[1]
  if (branch === undefined) return { commit: text }
  return { branch, commit: (await resolveRef(place, branch)) ?? '' }
}

const takeLock = async (place: string): Promise<void> => {
  const take = (): Promise<unknown> => at(place, lock, (path) => writeFile(path, signature, { flag: 'wx' }))
  try {
    await take()
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    if ((await readText(place, lock)) !== signature)
      throw new HelperFault('The agent is using git right now; its files are switched at the next look.', {
        cause: error,
      })
    await at(place, lock, (path) => unlink(path))
    await take()
  }
}

const copyPacks = async (place: string, clone: string): Promise<void> => {
  const source = join(clone, '.git/objects/pack')
  // An index comes after the pack it is about.
  const names = (await readdir(source))
    .filter((name) => /^pack-[0-9a-f]+\.(pack|idx)$/.test(name))
    .toSorted()
    .toReversed()
  for (const name of names) {
    const path = `.git/objects/pack/${name}`
    const known = await at(place, path, (target) => look(target))
    if (known?.kind !== 'file') await replace(place, path, (partial) => copyFile(join(source, name), partial))
  }
}

/** Where history ends, for either of the two. */
const joinShallow = async (place: string, clone: string): Promise<void> => {
  const own = await readFile(join(clone, '.git/shallow'), 'utf8').catch(() => '')
  const theirs = (await readText(place, '.git/shallow')) ?? ''
  const missing = own.split('\n').filter((line) => line !== '' && !theirs.split('\n').includes(line))
  if (missing.length > 0) await replaceText(place, '.git/shallow', `${theirs}${missing.join('\n')}\n`)
}

/**
 * Opens the repository at `place` for a move that `clone` has made; undefined where there is none. Throws HelperFault
 * where the agent's own work in it would be lost or mixed up: other commits, another branch, staged changes.
 */
export const openAgentRepository = async (
  place: string,
  clone: string,
  { from, to }: Move,
  env: Record<string, string>,
  limits?: GitLimits,
): Promise<AgentRepository | undefined> => {
  const found = await at(place, '.git/HEAD', (path) => look(path)).catch((error: unknown) => {
    if (error instanceof InTheWay) return undefined
    throw error
  })
  if (found?.kind !== 'file') return undefined
  const { branch, commit } = await readHead(place)
  if (commit !== from && commit !== to)
    throw new HelperFault(
      `The agent has ${branch === undefined ? 'checked out' : `${branch} at`} ${commit.slice(0, 12) || 'nothing'}, which is not what was fetched; its files are switched again once it is back at ${from.slice(0, 12)} or at the newest commit.`,
    )

  const index = join(clone, '.git/agent-index')
  const git = gitWith({ ...env, GIT_INDEX_FILE: index }, limits)
  await takeLock(place)
  const release = async (): Promise<void> => {
    if ((await readText(place, lock)) === signature) await at(place, lock, (path) => unlink(path))
  }
  try {
    const hasIndex = await at(place, '.git/index', async (path) => {
      if ((await look(path)).kind !== 'file') return false
      await copyFile(path, index)
      return true
    })
    const isAsFetched =
      hasIndex === true &&
      (await git(clone, 'diff-index', '--cached', '--quiet', from).then(
        () => true,
        (error: unknown) => {
          if (error instanceof GitError) return false
          throw error
        },
      ))
    if (!isAsFetched) {
      await release()
      // The agent has pulled, or pushed, what is the newest commit by now.
      if (commit === to) return { follow: async () => {}, release: async () => {} }
      throw new HelperFault('The agent has staged changes; its files are switched once they are committed or unstaged.')
    }
    // Keeps what git remembers of files that stay the same.
    await git(clone, 'read-tree', '-i', '-m', from, to)
  } catch (error) {
    await release()
    throw error
  }
  return {
    follow: async () => {
      await copyPacks(place, clone)
      await joinShallow(place, clone)
      await replaceText(place, branch === undefined ? '.git/HEAD' : `.git/${branch}`, `${to}\n`)
      if (branch !== undefined) {
        const tracking = branch.replace('refs/heads/', 'refs/remotes/origin/')
        if ((await resolveRef(place, tracking)) !== undefined) await replaceText(place, `.git/${tracking}`, `${to}\n`)
      }
      await replace(place, '.git/index', (partial) => copyFile(index, partial))
    },
    release,
  }
}
