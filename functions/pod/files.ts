import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { HelperFault } from './helper.ts'

/** By rename, so that a reader sees the old file or the new one. Throws HelperFault. */
export const writeAtomically = async (target: string, content: Buffer | string, mode: number): Promise<void> => {
  const partial = join(dirname(target), `.${basename(target)}.partial`)
  try {
    await mkdir(dirname(target), { recursive: true })
    await rm(partial, { force: true })
    await writeFile(partial, content, { flag: 'wx' })
    await chmod(partial, mode)
    await rename(partial, target)
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined)
    throw new HelperFault(
      `The file ${target} could not be written: ${cause instanceof Error ? cause.message : String(cause)}.`,
      { cause },
    )
  }
}
