import type { Profile } from '../../shared/merge-template.ts'
import { reachedDirectly } from '../../shared/no-proxy.ts'
import type { ContextItem } from '../../crds/context.ts'
import type { EnvVar } from 'kubernetes-types/core/v1'
import type { File } from './context-files.ts'
import { contextFile } from './context-files.ts'
import { caPath } from './directories.ts'
import { literal } from './env.ts'
import { gitConfigFile, gitConfigPath } from './git-config.ts'
import { configFiles, configPath, hasPermission, tuiConfigPath } from './opencode-config.ts'
import type { Settings } from './settings.ts'
import { trustEnv } from './trust.ts'

/** What every container gets, init containers and sidecars too: trust and proxy. */
export const sharedEnv = (profile: Profile, settings: Settings): EnvVar[] => {
  const proxy = profile.proxy ?? settings.proxy
  const both = (name: string, value: string | undefined): EnvVar[] =>
    value === undefined ? [] : [literal(name, value), literal(name.toLowerCase(), value)]
  return [
    ...(profile.caBundle ? [{ name: 'CUSTOM_CA_CERT_PATH', value: caPath }] : []),
    ...(proxy
      ? [
          ...both('HTTP_PROXY', proxy.httpProxy),
          ...both('HTTPS_PROXY', proxy.httpsProxy),
          ...both('NO_PROXY', reachedDirectly(proxy.noProxy, settings.clusterDomain)),
        ]
      : []),
  ]
}

/** Files that OpenCode and Git find because their environment names them. */
export const toolFiles = (profile: Profile, items: readonly ContextItem[]): readonly File[] => {
  const gitConfig = gitConfigFile(items, profile.workspaceDir ?? '')
  return [...configFiles(profile), ...(gitConfig ? [gitConfig] : [])]
}

/** What OpenCode itself reads, for a server or a stand-alone run. */
export const openCodeEnv = (profile: Profile, files: readonly File[]): EnvVar[] => {
  const has = (wanted: string): boolean => files.some(({ path }) => path === wanted)
  return [
    ...(has(gitConfigPath) ? [{ name: 'GIT_CONFIG_GLOBAL', value: gitConfigPath }] : []),
    // A model behind a gateway of the user's own is asked over HTTPS, and so is the agent's own Git.
    ...trustEnv(profile),
    ...(has(configPath) ? [{ name: 'OPENCODE_CONFIG', value: configPath }] : []),
    ...(has(tuiConfigPath) ? [{ name: 'OPENCODE_TUI_CONFIG', value: tuiConfigPath }] : []),
    ...(hasPermission(profile) ? [] : [{ name: 'OPENCODE_PERMISSION', value: '{"*":"allow"}' }]),
    ...(has(`${profile.workspaceDir ?? ''}/${contextFile}`)
      ? [{ name: 'OPENCODE_CONFIG_CONTENT', value: '{"instructions":[".kubeopencode/context.md"]}' }]
      : []),
    { name: 'OPENCODE_DISABLE_AUTOUPDATE', value: '1' },
  ]
}

/** What any program in a main container may rely on. */
export const baseEnv = (profile: Profile): EnvVar[] => [
  { name: 'HOME', value: '/tmp' },
  { name: 'SHELL', value: '/bin/bash' },
  { name: 'WORKSPACE_DIR', value: profile.workspaceDir ?? '' },
]
