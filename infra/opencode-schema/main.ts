/** Writes what the pinned OpenCode takes as a configuration: `npm run generate:opencode`, once for each new version of it. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fetchSchemas } from './fetch.ts'
import { pinnedVersion } from './version.ts'

const file = join(import.meta.dirname, 'schema.json')
await writeFile(file, `${JSON.stringify({ version: await pinnedVersion(), schemas: await fetchSchemas() }, null, 2)}\n`)
console.log(`wrote ${file}; now: npm run generate`)
