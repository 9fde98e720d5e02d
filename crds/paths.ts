import * as z from 'zod'
import { matches, matchesNot, withRules } from './rules.ts'

/** Directories of the project and of the system, which nothing may be mounted in. */
export const reservedDirectories = [
  '/tools',
  '/git',
  '/skills',
  '/plugins',
  '/data/sessions',
  '/proc',
  '/sys',
  '/dev',
  '/etc/ssl',
  '/run/secrets',
  '/var/run/secrets',
] as const

/** A slash in any spelling: `/`, `//`, `/./`. */
const SLASH = '/(\\.?/)*'

/** Matches what is inside of a reserved directory, and what would cover one. */
const reserved = (directories: readonly string[]): RegExp => {
  const inside = directories.map((directory) => directory.split('/').slice(1).join(SLASH))
  const above = directories.flatMap((directory) => {
    const parents = directory.split('/').slice(1, -1)
    return parents.map((_, index) => parents.slice(0, index + 1).join(SLASH))
  })
  return new RegExp(
    `^(${SLASH}(${inside.join('|')})(/.*)?|${SLASH}(${[...new Set(above)].join('|')})/*(\\./*)*|(/\\.?)+)$`,
  )
}

const OUTSIDE = /(^|\/)\.\.(\/|$)/
const RESERVED = reserved(reservedDirectories)

const noEscape = matchesNot(OUTSIDE, "must not contain '..': write the path it leads to")
const plainPath = matches(/^[^\x00-\x1f\x7f:\\]+$/, "must be a path without control characters, ':' and '\\'")
const notReserved = matchesNot(
  RESERVED,
  `must not be in, or cover, a reserved directory: ${reservedDirectories.join(', ')}`,
)

/** Where a context is put: relative to the workspace, or absolute and outside of the reserved directories. */
export const MountPath = withRules(z.string().max(1024), plainPath, noEscape, notReserved)

/** Where a credential is put: absolute, and outside of the reserved directories. */
export const AbsoluteMountPath = withRules(
  z.string().max(1024),
  matches(/^\/[^\x00-\x1f\x7f:\\]*$/, "must be an absolute path without control characters, ':' and '\\'"),
  noEscape,
  notReserved,
)

/** The agent's workspace. It ends up in shell scripts and in instructions, so its characters are few. */
export const WorkspaceDir = withRules(
  z.string().max(512),
  matches(/^\/[A-Za-z0-9._/-]+$/, 'must be an absolute path of letters, digits, ., _ and -, such as /workspace'),
  noEscape,
  notReserved,
)

/** A place inside of a repository. */
export const RepositoryPath = withRules(
  z.string().max(1024),
  matches(
    /^([^\x00-\x1f\x7f:\\/][^\x00-\x1f\x7f:\\]*)?$/,
    'must be a relative path inside the repository, such as docs/guides',
  ),
  matchesNot(OUTSIDE, "must stay inside the repository: leave out '..'"),
)

/** `path` without empty and `.` segments, `..` resolved; undefined when it would leave what it is relative to. */
export const cleanPath = (path: string): string | undefined => {
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment !== '..') kept.push(segment)
    else if (kept.pop() === undefined) return undefined
  }
  return `${path.startsWith('/') ? '/' : ''}${kept.join('/')}`
}

/**
 * The absolute, clean place of a context: a relative path is below `workspaceDir` (`.` is the workspace itself).
 * Undefined when the path leaves the workspace, or ends in or covers a reserved directory.
 */
export const resolveMountPath = (workspaceDir: string, mountPath: string): string | undefined => {
  const root = cleanPath(workspaceDir)
  const clean = cleanPath(mountPath)
  if (root === undefined || clean === undefined) return undefined
  const path = clean.startsWith('/') ? clean : clean === '' ? root : `${root}/${clean}`
  return RESERVED.test(path) ? undefined : path
}
