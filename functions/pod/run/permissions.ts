/** Answers what the agent asks when nobody may be there to answer: an unanswered question would keep the Task for ever. */
import { list, record, text } from './json.ts'
import type { ServerEvent } from './lines.ts'
import type { OpencodeServer } from './server.ts'
import { shorten } from './summary.ts'

export type PermissionDesk = {
  readonly handle: (event: ServerEvent) => void
  /** The sentence about the first permission that was rejected, by whomever. */
  readonly rejection: () => string | undefined
  readonly close: () => void
}

/** How the desk tells whoever looks that something waits, and that nothing does any more. */
export type TellAsking = (isAsking: boolean) => void

export const permissionDesk = (
  server: OpencodeServer,
  waitSeconds: number,
  print: (line: string) => void,
  tellAsking: TellAsking = () => {},
): PermissionDesk => {
  const waiting = new Map<string, ReturnType<typeof setTimeout>>()
  const asked = new Map<string, string>()
  let rejection: string | undefined

  const reject = async (path: string, body: object, what: string): Promise<void> => {
    const answer = await server.call('POST', path, body).catch(() => undefined)
    if (answer?.status !== 200) print(`! the agent's question could not be answered: ${what}`)
  }

  const settle = (id: string): void => {
    clearTimeout(waiting.get(id))
    waiting.delete(id)
    tellAsking(waiting.size > 0)
  }

  const wait = (id: string, giveUp: () => Promise<void>): void => {
    // Longer than a timer of JavaScript can count is as good as for ever.
    const milliseconds = Math.min(waitSeconds * 1000, 2_147_483_647)
    waiting.set(
      id,
      setTimeout(() => void giveUp(), milliseconds),
    )
    if (waitSeconds > 0) tellAsking(true)
  }

  return {
    handle: ({ type, properties }) => {
      const id = text(properties['id']) ?? ''
      if (type === 'permission.asked' && !asked.has(id)) {
        const patterns = list(properties['patterns']).filter((pattern) => typeof pattern === 'string')
        const what = shorten(`${text(properties['permission']) ?? 'permission'} ${patterns.join(' ')}`.trim(), 200)
        asked.set(id, what)
        print(`? permission asked: ${what}${waitSeconds > 0 ? ` (waiting ${waitSeconds} s for an answer)` : ''}`)
        const message = 'Nobody is there to answer in this run.'
        wait(id, () => reject(`/permission/${id}/reply`, { reply: 'reject', message }, what))
      }
      if (type === 'permission.replied') {
        const request = text(properties['requestID']) ?? text(properties['permissionID']) ?? ''
        const reply = text(properties['reply']) ?? text(properties['response']) ?? ''
        const what = asked.get(request) ?? 'a permission'
        settle(request)
        print(`? permission ${reply === 'reject' ? 'rejected' : 'given'}: ${what}`)
        if (reply === 'reject')
          rejection ??= `The permission "${what}" was rejected; allow it in the configuration's "permission" or answer it in time.`
      }
      if (type === 'question.asked' && !asked.has(id)) {
        const [first] = list(properties['questions'])
        const what = shorten(text(record(first)['question']) ?? 'a question', 200)
        asked.set(id, what)
        print(`? the agent asks: ${what}`)
        wait(id, () => reject(`/question/${id}/reject`, {}, what))
      }
      if (type === 'question.replied' || type === 'question.rejected') settle(text(properties['requestID']) ?? '')
    },
    rejection: () => rejection,
    close: () => {
      for (const id of waiting.keys()) settle(id)
    },
  }
}
