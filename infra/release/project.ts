/** What of this project a release is made from. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Licensed } from './licences.ts'
import { licensed } from './licences.ts'
import { isShipped, readLockfile } from './lockfile.ts'
import { noticesOf } from './notices.ts'

export const root = join(import.meta.dirname, '../..')
export const dist = join(root, 'dist')
export const text = (path: string): string => readFileSync(join(root, path), 'utf8')
export const json = (path: string): unknown => JSON.parse(text(path))

export const locked = readLockfile(root)

export interface Shipped extends Licensed {
  /** Such as `node_modules/hono`. */
  readonly path: string
}

export const shipped = (): readonly Shipped[] =>
  locked.filter(isShipped).map((one) => {
    const { license } = json(`${one.path}/package.json`) as { license?: unknown }
    return { ...licensed(one, typeof license === 'string' ? license : undefined), path: one.path }
  })

const textsIn = (path: string): string[] =>
  readdirSync(join(root, path))
    .filter((name) => /^(licen[cs]e|copying|notice)\b/i.test(name))
    .toSorted()
    .map((name) => text(join(path, name)))

/** The licences of everything that is shipped, word for word, as most of them ask for. */
export const notices = (): string =>
  noticesOf(shipped().map((one) => ({ ...one, texts: existsSync(join(root, one.path)) ? textsIn(one.path) : [] })))
