import { homedir } from 'node:os'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')

/** Where running clusters are kept; `npm run cluster` uses the same one. */
export const stateFolder = (): string =>
  join(process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'kubeopencode')

export const demoClusterFolder = (): string => join(stateFolder(), 'demo')

/** Archives of the images; `npm run images` uses the same one. */
export const imagesFolder = join(root, '.cache/images')
