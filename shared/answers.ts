import { annotations } from '../crds/names.ts'
import { oneLine } from './one-line.ts'
import type { Asked, Reply } from './ports.ts'

/** A person's answer to what an agent asked, as the annotation `kubeopencode.io/answer` says it. */
export interface Answer extends Reply {
  /** Of the question it is meant for, so that it never meets another one. */
  readonly id: string
}

const verdicts = { approve: 'Approved', always: 'ApprovedAlways', deny: 'Denied', reply: 'Replied' } as const

/** OpenCode's own form of an id, and nothing that could be a path. */
export const isAskedId = (id: string): boolean => /^[A-Za-z0-9_-]{1,128}$/.test(id)

/** Longest words of an answer, in characters. */
const longestReply = 2000

/** Undefined where the text is no answer. */
export const parseAnswer = (text: string): Answer | undefined => {
  const [, word = '', id = '', words = ''] = /^\s*([a-z]{1,8})\s+(\S{1,128})(?:\s+([\s\S]*))?$/.exec(text) ?? []
  const verdict = Object.hasOwn(verdicts, word) ? verdicts[word as keyof typeof verdicts] : undefined
  const reply = words.trim()
  if (verdict === undefined || !isAskedId(id) || reply.length > longestReply) return undefined
  if (verdict === 'Replied' && reply === '') return undefined
  return { id, verdict, ...(reply !== '' && { text: reply }) }
}

/** What is said of an annotation that is no answer. */
export const noAnswer = `${annotations.answer} must be approve ID, always ID, deny ID or reply ID TEXT, with the id of status.question`

/** The annotation that gives `reply` to the question of this id. */
export const answerText = (id: string, { verdict, text }: Reply): string => {
  const word = Object.entries(verdicts).find(([, meant]) => meant === verdict)?.[0] ?? 'deny'
  return [word, id, ...(text === undefined || text === '' ? [] : [text])].join(' ')
}

/** Why this is no answer to what was asked; undefined where it is one. */
export const misfit = (asked: Pick<Asked, 'kind' | 'id'>, { verdict }: Reply): string | undefined => {
  if (asked.kind === 'Permission' && verdict === 'Replied')
    return `${asked.id} asks for a permission: approve or deny it`
  if (asked.kind === 'Question' && (verdict === 'Approved' || verdict === 'ApprovedAlways'))
    return `${asked.id} is a question: reply to it with words, or deny it`
  return undefined
}

/** JSON merge patch that takes a served answer away. */
export const withoutAnswer = {
  metadata: { annotations: { [annotations.answer]: null, [annotations.answeredBy]: null } },
}

/** Longest text of a question that is shown, in characters; the note of what is left out comes on top. */
const longestText = 1000

/**
 * Words of an agent, safe to show: one line without control or direction-changing characters. A line break shows as ⏎, for
 * what stands behind it may be a command of its own; what is cut is said, so that nothing is approved unseen.
 */
export const shownText = (text: string, longest = longestText): string => {
  const plain = oneLine(text.trim().replace(/\r\n|[\n\r\u2028\u2029]/g, ' ⏎ '))
  if (plain.length <= longest) return plain
  const kept = plain.slice(0, longest).replace(/[\uD800-\uDBFF]$/, '')
  return `${kept}… (${plain.length - kept.length} more characters: read them in the session before you answer)`
}
