import type { Profile } from '../../shared/merge-template.ts'
import { pluginsDir } from './directories.ts'
import { literal } from './env.ts'
import type { PodParts } from './init-containers.ts'
import { helper, toolsMount } from './init-containers.ts'
import type { Settings } from './settings.ts'

const volume = 'plugins-volume'

/** Where an installed plugin is: the package's name without its version. */
export const pluginPath = (specifier: string): string =>
  `${pluginsDir}/node_modules/${specifier.replace(/(?<=.)@.*$/, '')}`

/** One container installs all plugins, with the package manager inside of OpenCode. */
export const pluginParts = (profile: Profile, settings: Settings): PodParts => {
  const plugins = profile.plugins ?? []
  if (plugins.length === 0) return { initContainers: [], volumes: [], mounts: [] }
  return {
    initContainers: [
      {
        ...helper('plugin-init', settings),
        args: ['plugin-init'],
        env: [
          literal('PLUGIN_PACKAGES', JSON.stringify(plugins.map(({ name }) => name))),
          literal('PLUGIN_DIR', pluginsDir),
        ],
        volumeMounts: [
          { name: volume, mountPath: pluginsDir },
          { ...toolsMount, readOnly: true },
        ],
      },
    ],
    volumes: [{ name: volume, emptyDir: {} }],
    mounts: [{ name: volume, mountPath: pluginsDir, readOnly: true }],
  }
}
