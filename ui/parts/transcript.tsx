import { useEffect, useState } from 'preact/hooks'
import { pathOf, read } from '../api/client.ts'
import type { Task } from '../api/types.ts'
import { agentOf } from '../text/filters.ts'
import { countText } from '../text/money.ts'
import type { ChangedFile, Entry, Todo } from '../text/transcript.ts'
import { changedFilesOf, entriesOf, todosOf } from '../text/transcript.ts'
import { isOver } from '../text/why.ts'
import { Problem, Waiting } from './pieces.tsx'

const heads = { asked: 'Prompt', said: 'Agent', thought: 'Thought', failed: 'Failed' } as const
const todoSigns: Readonly<Record<string, string>> = { completed: '✓', in_progress: '▸', cancelled: '✕' }

/** Longer outputs are in the log and in the session itself. */
const longest = 20_000

const Said = ({ entry: { kind, text, tool } }: { entry: Entry }) =>
  kind === 'tool' && tool ? (
    <li class="said">
      <details>
        <summary>
          <span class={`tool-name ${tool.status === 'error' ? 'tone-bad' : ''}`}>{tool.name}</span>
          <code>{text}</code>
          <span class="faint push">{tool.status}</span>
        </summary>
        <pre tabIndex={0} role="region" aria-label={`Output of ${tool.name}`}>
          {tool.output.slice(0, longest) || 'It gave nothing back.'}
          {tool.output.length > longest && `\n… and ${countText(tool.output.length - longest)} characters more`}
        </pre>
      </details>
    </li>
  ) : (
    <li class={`said said-${kind}`}>
      <span class="said-head">{heads[kind === 'tool' ? 'said' : kind]}</span>
      <p>{text}</p>
    </li>
  )

interface Session {
  readonly id: string
  readonly todo: readonly unknown[]
}

/** While a Task is at work its session is read again this often. */
const everyMs = 3_000

export interface TranscriptProps {
  readonly task: Task
}

/** What was said and done in the session of a Task: it outlives the Pod, as long as the Agent keeps its sessions. */
const Transcript = ({ task }: TranscriptProps) => {
  const { namespace = '', name } = task.metadata
  const [entries, setEntries] = useState<readonly Entry[]>()
  const [todos, setTodos] = useState<readonly Todo[]>([])
  const [files, setFiles] = useState<readonly ChangedFile[]>([])
  const [problem, setProblem] = useState<string>()
  const isDone = isOver(task)
  const agent = agentOf(task) ?? ''
  useEffect(() => {
    const ending = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const path = `${pathOf('tasks', namespace, name)}/session`
    const look = async (): Promise<void> => {
      try {
        const [messages, session] = await Promise.all([
          read<readonly unknown[]>(`${path}/messages`, ending.signal),
          read<Session>(path, ending.signal),
        ])
        setEntries(entriesOf(messages))
        setTodos(todosOf(session.todo))
        setProblem(undefined)
        const diff = `${pathOf('agents', namespace, agent)}/proxy/session/${encodeURIComponent(session.id)}/diff`
        setFiles(changedFilesOf(await read<unknown>(diff, ending.signal).catch(() => [])))
      } catch (error) {
        if (!ending.signal.aborted) setProblem((error as Error).message)
      }
      if (!isDone && !ending.signal.aborted) timer = setTimeout(() => void look(), everyMs)
    }
    void look()
    return () => {
      ending.abort()
      clearTimeout(timer)
    }
  }, [namespace, name, agent, isDone])
  return (
    <>
      <Problem text={problem} />
      {todos.length > 0 && (
        <ul class="todos" aria-label="The agent's own list">
          {todos.map(({ text, state }) => (
            <li key={text} class={state === 'completed' ? 'faint' : ''}>
              <span aria-hidden="true">{todoSigns[state] ?? '○'}</span> {text}
              <span class="unseen">: {state.replace('_', ' ')}</span>
            </li>
          ))}
        </ul>
      )}
      {entries ? (
        entries.length === 0 ? (
          <p class="faint">Nothing was said yet.</p>
        ) : (
          <ol class="transcript">
            {entries.map((entry) => (
              <Said key={entry.key} entry={entry} />
            ))}
          </ol>
        )
      ) : (
        problem === undefined && <Waiting rows={4} />
      )}
      {files.length > 0 && (
        <ul class="conditions" aria-label="Changed files">
          {files.map(({ file, additions, deletions }) => (
            <li key={file} class="condition-head">
              <code>{file}</code>
              <span class="push">
                <span class="tone-good">+{additions}</span> <span class="tone-bad">−{deletions}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

export default Transcript
