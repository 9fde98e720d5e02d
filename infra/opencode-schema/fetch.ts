import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Schema, Schemas } from './simplify.ts'

const root = join(import.meta.dirname, '../..')
export const binary = join(root, 'node_modules/opencode-linux-x64/bin/opencode')

/** Longer than a server needs on a busy machine. */
const startBudgetMs = 120_000

const listening = /listening on (http:\S+)/

/** The document's schemas that `names` lead to, the names themselves first. */
const reachable = (all: Schemas, names: readonly string[]): Schemas => {
  const found = new Map<string, Schema>()
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    if ('$ref' in node && typeof node.$ref === 'string') take(node.$ref.split('/').at(-1) ?? '')
    for (const inner of Object.values(node)) visit(inner)
  }
  const take = (name: string): void => {
    const schema = all[name]
    if (!schema) throw new Error(`the document of OpenCode's server has no schema ${name}`)
    if (found.has(name)) return
    found.set(name, schema)
    visit(schema)
  }
  for (const name of names) take(name)
  return Object.fromEntries(found)
}

/** Nothing of this machine's and nothing of the network's. */
export const environment = (home: string) => ({
  HOME: home,
  PATH: process.env['PATH'],
  OPENCODE_DISABLE_MODELS_FETCH: '1',
  OPENCODE_DISABLE_AUTOUPDATE: '1',
  OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
  OPENCODE_DISABLE_PROJECT_CONFIG: '1',
})

/** Starts the pinned OpenCode, and asks its server what a configuration is. */
export const fetchSchemas = async (): Promise<Schemas> => {
  const home = await mkdtemp(join(tmpdir(), 'kubeopencode-schema-'))
  const server = spawn(binary, ['serve', '--port', '0', '--hostname', '127.0.0.1'], {
    cwd: home,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: environment(home),
  })
  const ended = once(server, 'exit')
  try {
    const url = await new Promise<string>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('OpenCode did not listen in time')), startBudgetMs)
      late.unref()
      createInterface({ input: server.stdout }).on('line', (line) => {
        const [, found] = listening.exec(line) ?? []
        if (found !== undefined) resolve(found)
      })
      void ended.then(() => reject(new Error('OpenCode ended before it listened')))
    })
    const response = await fetch(`${url}/doc`, { signal: AbortSignal.timeout(60_000) })
    const { components } = (await response.json()) as { components: { schemas: Schemas } }
    return reachable(components.schemas, ['Config'])
  } finally {
    server.kill()
    await ended
    await rm(home, { recursive: true, force: true })
  }
}
