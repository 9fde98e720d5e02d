import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { cacheFolder } from '../../../infra/local/binaries.ts'

const packages = join(import.meta.dirname, 'packages')
const lock = readFileSync(join(packages, 'package-lock.json'), 'utf8')

export const peprVersion = /"node_modules\/pepr": \{\s+"version": "([^"]+)"/.exec(lock)?.[1] ?? 'unknown'

/**
 * What the lock names, in the cache and not in this project: Pepr brings 300 packages, its command line's among them, and wants
 * another TypeScript and another esbuild than ours. No install script is run.
 */
const installed = async (): Promise<string> => {
  const folder = join(cacheFolder(), `bench-pepr-${createHash('sha256').update(lock).digest('hex').slice(0, 16)}`)
  if (existsSync(folder)) return folder
  const unfinished = `${folder}.${process.pid}`
  mkdirSync(unfinished, { recursive: true })
  try {
    cpSync(packages, unfinished, { recursive: true })
    await promisify(execFile)('npm', ['ci'], { cwd: unfinished })
    renameSync(unfinished, folder)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    throw new Error(`Pepr ${peprVersion} could not be installed; npm must reach its registry`, { cause: error })
  }
  return folder
}

/** The program of Pepr's arm: our module, beside Pepr's packages. */
export const peprProgram = async (): Promise<string> => {
  const outfile = join(await installed(), 'server.cjs')
  await build({
    entryPoints: [join(import.meta.dirname, 'module.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'es2023',
    format: 'cjs',
    external: ['pepr'],
    logLevel: 'warning',
  })
  return outfile
}
