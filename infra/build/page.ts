/** Bundles the dashboard into files a server hands out as they are. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import type { BuildOptions } from 'esbuild'
import { build } from 'esbuild'

/**
 * Writes `page`, a file, which is `entry` with its `{{main.tsx}}` and the like filled in, and its files to `assets/` beside it, under names that change with what is in
 * them. Returns the written page, absolute. Throws where the page asks for what is not an entry.
 */
export const bundlePage = async (root: string, entry: string, page: string): Promise<string> => {
  const source = dirname(join(root, entry))
  await rm(dirname(page), { recursive: true, force: true })
  const common: BuildOptions = {
    outdir: join(dirname(page), 'assets'),
    absWorkingDir: root,
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    platform: 'browser',
    target: ['es2022', 'chrome116', 'firefox128', 'safari17.4'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
  }
  const from = (...names: string[]): string[] => names.map((name) => join(source, name))
  const built = await Promise.all([
    build({ ...common, entryPoints: from('main.tsx', 'style.css'), splitting: true, format: 'esm' }),
    // Run before the first paint, which a module is too late for.
    build({ ...common, entryPoints: from('theme.ts'), format: 'iife' }),
  ])
  const written = new Map(
    built
      .flatMap(({ metafile }) => Object.entries(metafile?.outputs ?? {}))
      .flatMap(([file, { entryPoint }]) => (entryPoint === undefined ? [] : [[basename(entryPoint), basename(file)]])),
  )
  let html = await readFile(join(source, 'index.html'), 'utf8')
  for (const [name, file] of written) html = html.replaceAll(`{{${name}}}`, `{{base}}/assets/${file}`)
  const missing = /\{\{(?!base\}\})[^}]*\}\}/.exec(html)?.[0]
  if (missing) throw new Error(`${relative(root, join(source, 'index.html'))} asks for ${missing}, which is not built`)
  await mkdir(dirname(page), { recursive: true })
  await writeFile(page, html)
  return page
}
