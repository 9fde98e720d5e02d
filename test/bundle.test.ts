import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { staticInputs } from './static-inputs.ts'

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

describe('a program of the container reads no code that it does not need', () => {
  const parts = [
    { part: 'infra/node/controller-command.ts', others: /client-node|^infra\/node\/(server|check)\/|\/ws\// },
    { part: 'infra/node/server/command.ts', others: /client-node|^infra\/node\/(check\/|controller)|^webhooks\// },
    { part: 'infra/node/check/command.ts', others: /client-node|^infra\/node\/(server\/|controller)|^webhooks\// },
  ]
  test.each(parts)('$part', async ({ part, others }) => {
    const { read, all } = await staticInputs('infra/node/main.ts', part)
    // The program has them, in other parts.
    expect(all.filter((file) => others.test(file))).not.toEqual([])
    expect(read).toEqual(expect.arrayContaining([part, 'infra/cluster/pod.ts', 'infra/cluster/undici.ts']))
    expect(read.filter((file) => others.test(file))).toEqual([])
  })
})
