/**
 * What context-init is told to copy. FILE_MAPPINGS and DIR_MAPPINGS are JSON lists of these; the builders of Pods write
 * them and the helper reads them, so the shapes live here alone.
 */
export type FileMapping = {
  /** File below CONFIGMAP_PATH. */
  readonly key: string
  /** Target; a relative path is below WORKSPACE_DIR. */
  readonly path: string
  /** Permissions as a number, 0644 unless set. */
  readonly mode?: number
}

export type DirMapping = {
  /** Directory to copy, absolute or below CONFIGMAP_PATH; every file in it, without subdirectories. */
  readonly source: string
  /** Target directory; a relative path is below WORKSPACE_DIR. */
  readonly path: string
  /** Permissions of the files as a number, 0644 unless set. */
  readonly mode?: number
}

const mode = (value: unknown): value is number | undefined =>
  value === undefined || (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0o777)

/** Reads one of the two variables. Throws an Error with a sentence that names the variable. */
const parse = <Mapping>(variable: string, source: string | undefined, from: 'key' | 'source'): readonly Mapping[] => {
  if (source === undefined || source === '') return []
  let entries: unknown
  try {
    entries = JSON.parse(source)
  } catch (error) {
    throw new Error(`${variable} is not JSON; it must be a list of {${from}, path, mode}.`, { cause: error })
  }
  if (!Array.isArray(entries)) throw new Error(`${variable} must be a list of {${from}, path, mode}.`)
  for (const [index, entry] of entries.entries()) {
    const { [from]: origin, path, mode: bits } = (entry ?? {}) as Record<string, unknown>
    if (typeof origin !== 'string' || origin === '' || typeof path !== 'string' || path === '' || !mode(bits))
      throw new Error(
        `${variable}[${index}] must have the texts "${from}" and "path" and, if any, a "mode" between 0 and 511 (0777).`,
      )
  }
  return entries as Mapping[]
}

export const parseFileMappings = (source: string | undefined): readonly FileMapping[] =>
  parse('FILE_MAPPINGS', source, 'key')

export const parseDirMappings = (source: string | undefined): readonly DirMapping[] =>
  parse('DIR_MAPPINGS', source, 'source')
