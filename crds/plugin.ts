import * as z from 'zod'
import { listMap, matches, withRules } from './rules.ts'

/** An OpenCode plugin from an npm registry. */
export const Plugin = z.object({
  name: withRules(
    z.string().max(256),
    matches(
      /^(@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*(@[0-9A-Za-z][0-9A-Za-z.+_-]*)?$/,
      'must be an npm package with an optional version, such as @team/plugin@1.2.3',
    ),
  ).describe('npm package, with a version if it has to be a certain one.'),
  target: z
    .enum(['server', 'tui'])
    .default('server')
    .describe('Where it runs: in the server, or in the terminal interface.'),
  options: z
    .record(z.string(), z.unknown())
    .meta({ 'x-kubernetes-preserve-unknown-fields': true })
    .exactOptional()
    .describe('Handed to the plugin as they are.'),
})
export type Plugin = z.infer<typeof Plugin>

export const Plugins = listMap(z.array(Plugin).max(32), 'name')
