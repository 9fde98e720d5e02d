import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')

/** Of a program in parts: the modules that are read with `part`, a module of it that is imported when it is needed, and all there are. */
export const staticInputs = async (
  entry: string,
  part: string,
): Promise<{ readonly read: readonly string[]; readonly all: readonly string[] }> => {
  const { metafile } = await build({
    entryPoints: [join(root, entry)],
    absWorkingDir: root,
    outdir: join(root, 'dist/never-written'),
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  })
  const needed = new Set<string>()
  const need = (file: string): void => {
    const output = metafile.outputs[file]
    if (needed.has(file) || !output) return
    needed.add(file)
    for (const { path, kind } of output.imports) if (kind === 'import-statement') need(path)
  }
  for (const [file, { entryPoint }] of Object.entries(metafile.outputs)) if (entryPoint === part) need(file)
  return {
    read: [...needed].flatMap((file) => Object.keys(metafile.outputs[file]?.inputs ?? {})),
    all: Object.keys(metafile.inputs),
  }
}
