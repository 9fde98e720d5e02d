import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')

/** A page of Markdown, by its path below the project. */
export interface Page {
  readonly path: string
  readonly text: string
}

/** Code between fences. */
export interface Block {
  readonly page: string
  /** Counted from 1: the line of the fence. */
  readonly line: number
  readonly language: string
  readonly text: string
}

const pagesBelow = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `${folder}/${file}`)

const rooms = ['.github', 'cli', 'crds', 'docs', 'functions', 'infra', 'shared', 'test', 'ui', 'webhooks']

/** Every page of the project. */
export const pages = (): Page[] =>
  ['README.md', 'CHANGELOG.md', ...rooms.flatMap(pagesBelow)]
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))

/** What a reader is told to do: not what a room says of itself, and no record of a decision. */
export const isGuide = ({ path }: Page): boolean =>
  path === 'README.md' || (path.startsWith('docs/') && !path.startsWith('docs/decisions/'))

export const blocksOf = ({ path, text }: Page): Block[] =>
  [...text.matchAll(/^( *)```([^\n`]*)\n([\s\S]*?)^\1```/gm)].map(
    ({ 1: indent = '', 2: language = '', 3: code = '', index }) => ({
      page: path,
      line: text.slice(0, index).split('\n').length,
      language: language.trim(),
      text: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  )

const withoutCode = (text: string): string => text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '').replaceAll(/`[^`\n]*`/g, '')

/** Targets of links and pictures. */
export const linksOf = ({ text }: Page): string[] =>
  [...withoutCode(text).matchAll(/\]\(<?([^)\s>]+)>?\)/g)].map(([, target = '']) => target)

/** Names that a heading can be reached by, as GitHub makes them. */
export const anchorsOf = ({ text }: Page): Set<string> => {
  const seen = new Map<string, number>()
  const anchors = [...text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '').matchAll(/^#{1,6} +(.+?) *$/gm)].map(
    ([, heading = '']) => {
      const slug = heading
        .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-')
      const times = seen.get(slug) ?? 0
      seen.set(slug, times + 1)
      return times === 0 ? slug : `${slug}-${times}`
    },
  )
  return new Set(anchors)
}
