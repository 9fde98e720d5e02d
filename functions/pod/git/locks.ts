import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** A git that was killed leaves locks behind, which nobody else holds in a clone that is ours alone. */
export const clearLocks = async (clone: string): Promise<void> => {
  const directory = join(clone, '.git')
  const names = await readdir(directory, { recursive: true }).catch(() => [])
  for (const name of names) if (name.endsWith('.lock')) await rm(join(directory, name), { force: true })
}
