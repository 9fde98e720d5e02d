import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** Every module of a room but its tests and what `leaves` it out. */
const modulesOf = (room: string, leaves: RegExp = /^$/): string[] =>
  readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !leaves.test(file))
    .map((file) => join(root, room, file))

const rooms = [
  { name: 'crds', entries: modulesOf('crds', /^(samples|generated)\//) },
  { name: 'shared', entries: modulesOf('shared') },
  { name: 'webhooks', entries: modulesOf('webhooks') },
  { name: 'functions', entries: modulesOf('functions', /^pod\//) },
]

describe('rooms that know no runtime bundle for any', () => {
  test.each(rooms)('$name', async ({ entries }) => {
    expect(entries.length).toBeGreaterThan(0)
    const { metafile, warnings } = await build({
      entryPoints: entries,
      outdir: join(root, 'dist/never-written'),
      bundle: true,
      write: false,
      metafile: true,
      splitting: true,
      platform: 'browser',
      format: 'esm',
      logLevel: 'silent',
    })
    const runtime = Object.entries(metafile.inputs).flatMap(([file, { imports }]) =>
      imports.filter(({ path }) => path.startsWith('node:')).map(({ path }) => `${file} imports ${path}`),
    )
    expect(runtime).toEqual([])
    expect(warnings).toEqual([])
  })
})
