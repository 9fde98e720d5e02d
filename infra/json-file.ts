import { readFileSync } from 'node:fs'

/** What a file of JSON says. Throws a sentence that names the file. */
export const jsonFile = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error })
  }
}
