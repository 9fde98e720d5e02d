import { chmod, copyFile, lstat, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { cleanPath } from '../../crds/paths.ts'
import { isBelow } from '../../shared/paths.ts'
import { HelperFault, required, type Helper } from './helper.ts'
import { parseDirMappings, parseFileMappings } from './mappings.ts'

const defaultMode = 0o644

const place = (workspaceDir: string, path: string): string => {
  const clean = cleanPath(isAbsolute(path) ? path : `${workspaceDir}/${path}`)
  if (clean === undefined || (!isAbsolute(path) && !isBelow(workspaceDir, clean)))
    throw new HelperFault(`The path "${path}" leaves the workspace ${workspaceDir}; correct mountPath.`)
  return clean
}

const inside = (directory: string, key: string): string => {
  const path = cleanPath(`${directory}/${key}`)
  if (path === undefined || !isBelow(directory, path))
    throw new HelperFault(`The key "${key}" leaves ${directory}; correct the mapping.`)
  return path
}

const isThere = async (source: string, target: string, mode: number): Promise<boolean> => {
  try {
    const [wanted, found] = await Promise.all([stat(source), lstat(target)])
    if (!found.isFile() || (found.mode & 0o777) !== mode || found.size !== wanted.size) return false
    return (await readFile(source)).equals(await readFile(target))
  } catch {
    return false
  }
}

/** By rename, so that a reader sees the old file or the new one, and a link in the way is replaced, not followed. */
const copy = async (source: string, target: string, mode: number): Promise<void> => {
  // A workspace that was filled up must not keep its server from starting again.
  if (await isThere(source, target, mode)) return
  const partial = join(dirname(target), `.${basename(target)}.partial`)
  try {
    await mkdir(dirname(target), { recursive: true })
    await copyFile(source, partial)
    await chmod(partial, mode)
    await rename(partial, target)
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined)
    const reason = error instanceof Error ? error.message : String(error)
    throw new HelperFault(`The file ${target} could not be written: ${reason}.`, { cause: error })
  }
}

const kindOf = async (path: string): Promise<'file' | 'directory' | undefined> => {
  const found = await stat(path).catch(() => undefined)
  return found?.isFile() ? 'file' : found?.isDirectory() ? 'directory' : undefined
}

export const contextInit: Helper = {
  purpose: 'copies the files of contexts into the workspace, with their modes',
  variables: {
    WORKSPACE_DIR: 'the workspace (required)',
    CONFIGMAP_PATH: 'where the ConfigMap with the files is mounted (required)',
    FILE_MAPPINGS: 'JSON list of {key, path, mode}',
    DIR_MAPPINGS: 'JSON list of {source, path, mode}',
  },
  run: async (env, print) => {
    const workspaceDir = cleanPath(required(env, 'WORKSPACE_DIR'))
    const configMapPath = cleanPath(required(env, 'CONFIGMAP_PATH'))
    if (!workspaceDir?.startsWith('/') || !configMapPath?.startsWith('/'))
      throw new HelperFault('WORKSPACE_DIR and CONFIGMAP_PATH must be absolute paths.')

    for (const { key, path, mode = defaultMode } of parseFileMappings(env['FILE_MAPPINGS'])) {
      const source = inside(configMapPath, key)
      if ((await kindOf(source)) !== 'file')
        throw new HelperFault(
          `The file "${key}" is missing in ${configMapPath}; the ConfigMap has changed since the Pod was made.`,
        )
      const target = place(workspaceDir, path)
      await copy(source, target, mode)
      print(`wrote ${target}`)
    }
    for (const { source, path, mode = defaultMode } of parseDirMappings(env['DIR_MAPPINGS'])) {
      const from = isAbsolute(source) ? source : inside(configMapPath, source)
      if ((await kindOf(from)) !== 'directory')
        throw new HelperFault(`The directory ${from} is missing; check that its ConfigMap is mounted there.`)
      const target = place(workspaceDir, path)
      await mkdir(target, { recursive: true })
      // Names that start with two dots are the kubelet's own, such as ..data.
      const names = (await readdir(from)).filter((name) => !name.startsWith('..'))
      for (const name of names)
        if ((await kindOf(join(from, name))) === 'file') await copy(join(from, name), join(target, name), mode)
      print(`wrote ${names.length} files to ${target}`)
    }
  },
}
