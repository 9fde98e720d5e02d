/**
 * Brings a directory from one commit's files to another's while others read and write in it. Every file is changed by
 * one rename, so that a reader sees the old one or the new one; what is not as the old commit left it stays.
 */
import { copyFile, lstat, readlink, rename, rm, rmdir, symlink, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { at, InTheWay, isSameFile, look, type Seen } from './directory.ts'
import { ownDirectory } from './place.ts'

/** The files of one commit. */
export type Side = {
  readonly root: string
  /** Path below `root` to what Git knows the file by. */
  readonly entries: ReadonlyMap<string, string>
}

const staging = `${ownDirectory}/staging`

/** No file is here. */
const nowhere = '/dev/null/nowhere'

type Step = {
  readonly path: string
  /** The new file; undefined where the path is to go. */
  readonly source: string | undefined
  /** What was there when it was found unchanged. */
  readonly seen: Seen
  readonly staged: string
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? ''

const isSame = (one: Seen, other: Seen): boolean => JSON.stringify(one) === JSON.stringify(other)

const changedPaths = (base: Side, next: Side): string[] =>
  [...new Set([...base.entries.keys(), ...next.entries.keys()])]
    .filter((path) => base.entries.get(path) !== next.entries.get(path) && !path.startsWith(`${ownDirectory}/`))
    .toSorted()

/** What to do about `path`: a step, nothing because it is done, or leave it because it is not as `base` has it. */
const stepFor = async (
  place: string,
  path: string,
  base: Side,
  next: Side,
  index: number,
): Promise<Step | 'done' | 'kept'> => {
  const source = next.entries.has(path) ? join(next.root, path) : undefined
  const before = base.entries.has(path) ? join(base.root, path) : nowhere
  const staged = `${staging}/${index}`
  const onlyIfNew = (): Step | 'done' | 'kept' => {
    if (source === undefined) return 'done'
    return before === nowhere ? { path, source, staged, seen: { kind: 'none' } } : 'kept'
  }
  try {
    const found = await at(place, path, async (target): Promise<Step | 'done' | 'kept'> => {
      const seen = await look(target)
      if (await isSameFile(target, source ?? nowhere)) return 'done'
      if (await isSameFile(target, before)) return { path, source, staged, seen }
      // A directory gives way to a file when nothing is left in it.
      if (seen.kind === 'other' && before === nowhere) return { path, source, staged, seen }
      return 'kept'
    })
    return found ?? onlyIfNew()
  } catch (error) {
    if (error instanceof InTheWay) return onlyIfNew()
    throw error
  }
}

const stage = async (place: string, { source = nowhere, staged }: Step): Promise<void> => {
  const isLink = (await lstat(source)).isSymbolicLink()
  await at(
    place,
    staged,
    async (target) => (isLink ? symlink(await readlink(source), target) : copyFile(source, target)),
    { make: true },
  )
}

type Result = 'done' | 'kept' | 'blocked'

const write = async (place: string, { path, staged, seen }: Step): Promise<Result> => {
  try {
    const result = await at(place, staged, (from) =>
      at(
        place,
        path,
        async (target): Promise<Result> => {
          const now = await look(target)
          if (now.kind === 'other')
            return await rmdir(target).then(
              async () => await rename(from, target).then(() => 'done' as const),
              () => 'blocked' as const,
            )
          // The agent was faster.
          if (!isSame(now, seen) && !(seen.kind === 'other' && now.kind === 'none')) return 'kept'
          await rename(from, target)
          return 'done'
        },
        { make: true },
      ),
    )
    return result ?? 'kept'
  } catch (error) {
    if (error instanceof InTheWay || ['EISDIR', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST'].includes(codeOf(error)))
      return 'blocked'
    throw error
  }
}

const remove = async (place: string, { path, seen }: Step): Promise<Result> =>
  (await at(place, path, async (target): Promise<Result> => {
    if (!isSame(await look(target), seen)) return 'kept'
    await unlink(target)
    return 'done'
  })) ?? 'done'

/** Directories that hold nothing any more, from the inside out. */
const prune = async (place: string, paths: readonly string[]): Promise<void> => {
  const directories = new Set(
    paths.flatMap((path) => {
      const names = path.split('/').slice(0, -1)
      return names.map((_, index) => names.slice(0, index + 1).join('/'))
    }),
  )
  for (const directory of [...directories].toSorted((one, other) => other.length - one.length))
    await at(place, directory, (target) => rmdir(target)).catch(() => undefined)
}

const clearStaging = async (place: string): Promise<void> => {
  await at(place, staging, (target) => rm(target, { recursive: true, force: true }))
}

/**
 * Makes `place` what `next` is, where it is what `base` is. New files
 * come first and old ones go last: what a file refers to is there as long as the file is. Gives the paths that were
 * left alone because somebody else has changed them. Safe to repeat after an interruption.
 */
export const switchFiles = async (place: string, base: Side, next: Side): Promise<readonly string[]> => {
  await clearStaging(place)
  const kept: string[] = []
  const steps: Step[] = []
  for (const [index, path] of changedPaths(base, next).entries()) {
    const step = await stepFor(place, path, base, next, index)
    if (step === 'kept') kept.push(path)
    else if (step !== 'done') steps.push(step)
  }
  const written = steps.filter(({ source }) => source !== undefined)
  for (const step of written) await stage(place, step)

  const isNew = ({ seen }: Step): boolean => seen.kind === 'none'
  const removed = steps.filter(({ source }) => source === undefined)
  const blocked: Step[] = []
  for (const step of [...written.filter(isNew), ...written.filter((one) => !isNew(one))]) {
    const result = await write(place, step)
    if (result === 'blocked') blocked.push(step)
    if (result === 'kept') kept.push(step.path)
  }
  for (const step of removed) if ((await remove(place, step)) === 'kept') kept.push(step.path)
  await prune(
    place,
    removed.map(({ path }) => path),
  )
  for (const step of blocked) if ((await write(place, step)) !== 'done') kept.push(step.path)
  await clearStaging(place)
  return kept.toSorted()
}
