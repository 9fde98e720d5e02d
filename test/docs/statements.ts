import type { Block } from './markdown.ts'
import { commandsOf } from './shell.ts'

/** What a reader types before looking at what it does: mostly a line of a page. */
export interface Statement {
  readonly page: string
  /** Counted from 1, on the page. */
  readonly line: number
  /** As it stands on the page. */
  readonly text: string
  /** The same without the remark behind it: how tables name it. */
  readonly key: string
}

const isWhole = (text: string): boolean => {
  if (/(\\|\||&&)\s*$/.test(text)) return false
  try {
    commandsOf(`${text}\n`)
    return true
  } catch {
    return false
  }
}

/** The statements of a block: a line, or as many as a quote, a here-document or a backslash holds together. Throws where one stays open. */
export const statementsOf = ({ page, line, text }: Block): Statement[] => {
  const found: Statement[] = []
  let open: string[] = []
  for (const [at, next] of text.split('\n').entries()) {
    open.push(next)
    const whole = open.join('\n')
    if (!isWhole(whole)) continue
    const key = whole.replace(/\s+# .*$/, '').trim()
    if (commandsOf(`${whole}\n`).length > 0 || /^\w+=/.test(key))
      found.push({ page, line: line + 1 + at - (open.length - 1), text: whole, key })
    open = []
  }
  if (open.length > 0) throw new Error(`${page}:${line}: a statement stays open: ${open.join('\n')}`)
  return found
}
