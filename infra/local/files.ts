import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'

/**
 * Writes a file at once or not at all, readable for its owner only. A file that already says the same is not touched:
 * some programs end when their configuration is written again.
 */
export const writeWhole = (file: string, content: string): void => {
  if (existsSync(file) && readFileSync(file, 'utf8') === content) return
  writeFileSync(`${file}.new`, content, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
