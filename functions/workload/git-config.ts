import type { ContextItem } from '../../crds/context.ts'
import { resolveMountPath } from '../../crds/paths.ts'
import type { File } from './context-files.ts'

/** Where GIT_CONFIG_GLOBAL points; writable, so that the agent may add to it. */
export const gitConfigPath = '/tools/gitconfig'

/**
 * Lets Git work in what git-init has cloned: the directory belongs to the volume and the files to another container's
 * user, which Git takes for somebody else's repository. What the image or a credential put into the home directory,
 * which Git would read if no file were named, stays in force. Undefined where there is no clone.
 */
export const gitConfigFile = (items: readonly ContextItem[], workspaceDir: string): File | undefined => {
  const directories = items.flatMap(({ git, mountPath }) =>
    git && mountPath !== undefined ? [resolveMountPath(workspaceDir, mountPath) ?? workspaceDir] : [],
  )
  if (directories.length === 0) return undefined
  const lines = directories.map((directory) => `\tdirectory = ${directory}\n`)
  return { path: gitConfigPath, content: `[include]\n\tpath = ~/.gitconfig\n[safe]\n${lines.join('')}`, mode: 0o644 }
}
