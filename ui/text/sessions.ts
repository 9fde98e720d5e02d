export interface SessionLine {
  readonly id: string
  readonly title: string
  /** Of which Task it is; undefined for one that somebody began by hand. */
  readonly task: string | undefined
  readonly updated: string | undefined
  readonly cost: number
  readonly tokens: number
}

type Json = Readonly<Record<string, unknown>>

const record = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {})
const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0)

/** Sessions as OpenCode lists them, the latest first; those of a Task have a title that says so. */
export const sessionsOf = (answer: unknown): readonly SessionLine[] =>
  (Array.isArray(answer) ? answer : [])
    .flatMap((one: unknown) => {
      const { id, title, time, cost, tokens } = record(one)
      if (typeof id !== 'string' || typeof title !== 'string') return []
      const { input, output, reasoning } = record(tokens)
      const at = number(record(time)['updated'])
      return [
        {
          id,
          title,
          task: /^kubeopencode\/[^/]+\/([^/]+)\/[^/]+$/.exec(title)?.[1],
          updated: at > 0 && at < 8.64e15 ? new Date(at).toISOString() : undefined,
          cost: number(cost),
          tokens: number(input) + number(output) + number(reasoning),
        },
      ]
    })
    .toSorted((a, b) => ((a.updated ?? '') < (b.updated ?? '') ? 1 : -1))
