import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The version of OpenCode that the package is pinned to. */
export const pinnedVersion = async (): Promise<string> => {
  const text = await readFile(join(import.meta.dirname, '../../package.json'), 'utf8')
  const { devDependencies } = JSON.parse(text) as { devDependencies: Record<string, string> }
  const version = devDependencies['opencode-linux-x64']
  if (version === undefined) throw new Error('package.json pins no opencode-linux-x64')
  return version
}
