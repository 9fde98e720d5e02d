/** Bundles the programs of the images and kubeoc: `npx node infra/build/bundle.ts [name…]`. They need no node_modules. */
import { readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { build } from 'esbuild'
import { bundlePage } from './page.ts'

const root = join(import.meta.dirname, '../..')

export type Program = {
  readonly name: string
  readonly entry: string
  readonly output: string
  /** What is imported later comes in files of its own beside the output: a program that starts often reads what it needs. */
  readonly isSplit?: true
  /** Runs wherever there is a fetch: nothing of Node is there. */
  readonly isPlain?: true
  /** A page for browsers, with its files in `assets/` beside it. */
  readonly isPage?: true
  /** What of a package is taken, the first there is; without it what Node would take. */
  readonly mainFields?: readonly string[]
  /** Modules that others take the place of, paths from the project's root. */
  readonly alias?: Readonly<Record<string, string>>
}

/**
 * The clients of AWS bring every way there is to find credentials, which a Lambda function has in its environment and which
 * are given to the clients. In their place stands one that finds none.
 */
const lambda = {
  // The modules of the AWS SDK, of which esbuild leaves out what is not used: a fifth of the program, and a quarter of its start.
  mainFields: ['module', 'main'],
  alias: { '@aws-sdk/credential-provider-node': './infra/lambda/no-other-credentials.ts' },
} as const satisfies Partial<Program>

export const programs: readonly Program[] = [
  { name: 'kubeopencode', entry: 'infra/node/main.ts', output: 'dist/kubeopencode/main.js', isSplit: true },
  { name: 'pod', entry: 'functions/pod/main.ts', output: 'dist/pod.js' },
  { name: 'run', entry: 'functions/pod/run/main.ts', output: 'dist/run.js' },
  { name: 'demo', entry: 'infra/local/demo-services.ts', output: 'dist/demo.js' },
  {
    name: 'lambda-webhooks',
    entry: 'infra/lambda/entries/webhooks.ts',
    output: 'dist/lambda/webhooks/main.mjs',
    ...lambda,
  },
  {
    name: 'lambda-functions',
    entry: 'infra/lambda/entries/functions.ts',
    output: 'dist/lambda/functions/main.mjs',
    ...lambda,
  },
  { name: 'workers', entry: 'infra/workers/main.ts', output: 'dist/workers/main.mjs', isPlain: true },
  { name: 'kubeoc', entry: 'cli/main.ts', output: 'dist/kubeoc/main.js', isSplit: true },
  { name: 'ui', entry: 'ui/index.html', output: 'dist/ui/index.html', isPage: true },
]

/** Removes parts that an earlier build left there: an image takes the whole folder. */
const removeOthers = async (folder: string, written: readonly string[]): Promise<void> => {
  const parts = await readdir(folder)
  await Promise.all(parts.filter((name) => !written.includes(name)).map((name) => rm(join(folder, name))))
}

/** Returns the written files, absolute, which are below `into`; the same sources give the same bytes. Throws with esbuild's message when a program does not bundle. */
export const bundle = async (
  names: readonly string[] = programs.map(({ name }) => name),
  into: string = root,
): Promise<readonly string[]> => {
  const chosen = names.map((name) => {
    const found = programs.find((program) => program.name === name)
    if (!found)
      throw new Error(
        `There is no program "${name}"; choose from ${programs.map((program) => program.name).join(', ')}.`,
      )
    return found
  })
  await Promise.all(
    chosen.map(
      async ({
        entry,
        output,
        isSplit = false,
        isPlain = false,
        isPage = false,
        mainFields,
        alias = {},
      }): Promise<unknown> => {
        if (isPage) return bundlePage(root, entry, join(into, output))
        const { metafile } = await build({
          entryPoints: [join(root, entry)],
          ...(isSplit
            ? { outdir: join(into, dirname(output)), splitting: true, chunkNames: 'parts/[name]-[hash]' }
            : { outfile: join(into, output) }),
          bundle: true,
          metafile: true,
          alias: Object.fromEntries(Object.entries(alias).map(([name, file]) => [name, join(root, file)])),
          platform: isPlain ? 'browser' : 'node',
          ...(mainFields && { mainFields: [...mainFields] }),
          target: 'es2023',
          format: 'esm',
          minify: true,
          keepNames: true,
          legalComments: 'none',
          logLevel: 'warning',
          // CommonJS dependencies ask for require, which an ES module does not have.
          ...(!isPlain && {
            banner: {
              js: "import { createRequire as requireFrom } from 'node:module';const require=requireFrom(import.meta.url);",
            },
          }),
        })
        if (isSplit)
          await removeOthers(
            join(into, dirname(output), 'parts'),
            Object.keys(metafile.outputs).map((file) => basename(file)),
          )
        return undefined
      },
    ),
  )
  return chosen.map(({ output }) => join(into, output))
}

if (import.meta.main) {
  const files = await bundle(process.argv.length > 2 ? process.argv.slice(2) : undefined)
  for (const file of files) console.log(`${relative(root, file)}  ${((await stat(file)).size / 1024).toFixed(0)} KiB`)
}
