import type { Profile } from '../../shared/merge-template.ts'
import { withClusterSuffixes } from '../../shared/no-proxy.ts'
import type { ContextItem } from '../../crds/context.ts'
import type { EnvVar } from 'kubernetes-types/core/v1'
import type { File } from './context-files.ts'
import { contextFile } from './context-files.ts'
import { gitConfigFile, gitConfigPath } from './git-config.ts'
import type { Settings } from './settings.ts'

export const toolsDir = '/tools'
export const configPath = `${toolsDir}/opencode.json`
export const caDirectory = '/etc/ssl/certs/custom-ca'
const caPath = `${caDirectory}/tls.crt`

/** What every container gets, init containers too: trust, proxy and the user's own variables. */
export const sharedEnv = (profile: Profile, settings: Settings): EnvVar[] => {
  const proxy = profile.proxy ?? settings.proxy
  const both = (name: string, value: string | undefined): EnvVar[] =>
    value === undefined
      ? []
      : [
          { name: name.toUpperCase(), value },
          { name: name.toLowerCase(), value },
        ]
  return [
    ...(profile.caBundle ? [{ name: 'CUSTOM_CA_CERT_PATH', value: caPath }] : []),
    ...(proxy
      ? [
          ...both('HTTP_PROXY', proxy.httpProxy),
          ...both('HTTPS_PROXY', proxy.httpsProxy),
          ...both('NO_PROXY', withClusterSuffixes(proxy.noProxy, settings.clusterDomain)),
        ]
      : []),
    ...((profile.podSpec?.extraEnv ?? []) as EnvVar[]),
  ]
}

/** Files that OpenCode and Git find because their environment names them. */
export const toolFiles = (profile: Profile, items: readonly ContextItem[]): readonly File[] => {
  const config = configText(profile)
  const gitConfig = gitConfigFile(items, profile.workspaceDir ?? '')
  return [
    ...(config === undefined ? [] : [{ path: configPath, content: config, mode: 0o644 }]),
    ...(gitConfig ? [gitConfig] : []),
  ]
}

/** The configuration text as it is written to opencode.json; undefined where there is none. */
export const configText = ({ config }: Profile): string | undefined => {
  if (config === undefined || config === '') return undefined
  return typeof config === 'string' ? config : `${JSON.stringify(config, null, 2)}\n`
}

const hasPermission = (text: string | undefined): boolean => {
  if (text === undefined) return false
  try {
    const config: unknown = JSON.parse(text)
    return typeof config === 'object' && config !== null && 'permission' in config
  } catch {
    return false
  }
}

/** What OpenCode itself reads, for a server or a stand-alone run. */
export const openCodeEnv = (profile: Profile, files: readonly File[]): EnvVar[] => {
  const text = configText(profile)
  const hasContextFile = files.some(({ path }) => path.endsWith(`/${contextFile}`))
  return [
    ...(files.some(({ path }) => path === gitConfigPath) ? [{ name: 'GIT_CONFIG_GLOBAL', value: gitConfigPath }] : []),
    ...(text === undefined ? [] : [{ name: 'OPENCODE_CONFIG', value: configPath }]),
    ...(hasPermission(text) ? [] : [{ name: 'OPENCODE_PERMISSION', value: '{"*":"allow"}' }]),
    ...(hasContextFile
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
