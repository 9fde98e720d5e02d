import type { Plugin } from '../../crds/plugin.ts'
import type { Profile } from '../../shared/merge-template.ts'
import type { File } from './context-files.ts'
import { toolsDir } from './directories.ts'
import { pluginPath } from './plugin-parts.ts'
import { skillPath } from './skill-parts.ts'

export const configPath = `${toolsDir}/opencode.json`
export const tuiConfigPath = `${toolsDir}/tui.json`

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** Undefined where the text is no JSON object: admission refuses it, and OpenCode says so once more. */
const parsed = (text: string): Json | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** How OpenCode names a plugin: its path, with its options where it has some. */
const entryOf = ({ name, options }: Plugin): unknown => {
  const path = `file://${pluginPath(name)}`
  return options === undefined ? path : [path, options]
}

const pluginsFor = (target: Plugin['target'], { plugins = [] }: Profile): readonly unknown[] =>
  plugins.filter((plugin) => plugin.target === target).map(entryOf)

/** The user's configuration and what the Pod brings: nothing of the user's is lost, the user's entries come first. */
const withBrought = (config: Json, paths: readonly string[], plugins: readonly unknown[]): Json => {
  const skills = isObject(config['skills']) ? config['skills'] : {}
  const known = listOf(skills['paths'])
  return {
    ...config,
    ...(paths.length > 0 && {
      skills: { ...skills, paths: [...known, ...paths.filter((path) => !known.includes(path))] },
    }),
    ...(plugins.length > 0 && { plugin: [...listOf(config['plugin']), ...plugins] }),
  }
}

/**
 * The text of opencode.json; undefined where there is none. A text of the user's stays as it was written unless skills
 * or plugins have to go into it.
 */
export const configText = (profile: Profile): string | undefined => {
  const { config, skills = [] } = profile
  const paths = skills.map(({ name }) => skillPath(name))
  const plugins = pluginsFor('server', profile)
  const isAlone = paths.length === 0 && plugins.length === 0
  if (typeof config === 'string' && config !== '') {
    const given = parsed(config)
    if (isAlone || given === undefined) return config
    return `${JSON.stringify(withBrought(given, paths, plugins), null, 2)}\n`
  }
  if (isAlone && !isObject(config)) return undefined
  return `${JSON.stringify(withBrought(isObject(config) ? config : {}, paths, plugins), null, 2)}\n`
}

/** Whether the user's configuration says what the agent may do, so that nothing else does. */
export const hasPermission = ({ config }: Profile): boolean => {
  const given = typeof config === 'string' ? parsed(config) : config
  return isObject(given) && 'permission' in given
}

/**
 * Whether the agent may ask a person. With a `permission` of the user's what it does not name is OpenCode's default, which
 * asks about some things; without one all is allowed, unless an agent's own settings say `ask`.
 */
export const mayAsk = (profile: Profile): boolean => {
  const { config } = profile
  const text = typeof config === 'string' ? config : JSON.stringify(config ?? {})
  return hasPermission(profile) || text.includes('"ask"')
}

/** Plugins of the terminal interface, which has a configuration of its own. */
const tuiText = (profile: Profile): string | undefined => {
  const plugin = pluginsFor('tui', profile)
  return plugin.length === 0 ? undefined : `${JSON.stringify({ plugin }, null, 2)}\n`
}

/** OpenCode's configuration files, as far as there are any. */
export const configFiles = (profile: Profile): readonly File[] =>
  [
    { path: configPath, content: configText(profile) },
    { path: tuiConfigPath, content: tuiText(profile) },
  ].flatMap(({ path, content }) => (content === undefined ? [] : [{ path, content, mode: 0o644 }]))
