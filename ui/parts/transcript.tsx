import { useEffect, useState } from 'preact/hooks'
import { pathOf, read } from '../api/client.ts'
import type { Task } from '../api/types.ts'
import { agentOf } from '../text/filters.ts'
import type { ChangedFile, Entry, Todo } from '../text/transcript.ts'
import { changedFilesOf, entriesOf, todosOf, updatedOf } from '../text/transcript.ts'
import { isOver } from '../text/why.ts'
import { Diff } from './diff.tsx'
import { Problem, Waiting } from './pieces.tsx'

const heads = { asked: 'Prompt', said: 'Agent', thought: 'Thought', failed: 'Failed' } as const
const todoSigns: Readonly<Record<string, string>> = { completed: '✓', in_progress: '▸', cancelled: '✕' }

const isAtWork = (status: string): boolean => status === 'pending' || status === 'running'

const Said = ({ entry: { kind, text, tool } }: { entry: Entry }) =>
  kind === 'tool' && tool ? (
    <li class="said">
      <details>
        <summary>
          <span class={`tool-name ${tool.status === 'error' ? 'tone-bad' : ''}`}>{tool.name}</span>
          <code>{text}</code>
          <span class="faint push">{tool.status}</span>
        </summary>
        <pre class="called" tabIndex={0} role="region" aria-label={`Call of ${tool.name}`}>
          {tool.input || 'It was called with nothing.'}
        </pre>
        <pre tabIndex={0} role="region" aria-label={`Output of ${tool.name}`}>
          {tool.output || (isAtWork(tool.status) ? 'It has not answered yet.' : 'It gave nothing back.')}
        </pre>
      </details>
    </li>
  ) : (
    <li class={`said said-${kind}`}>
      <span class="said-head">{heads[kind === 'tool' ? 'said' : kind]}</span>
      <p>{text}</p>
    </li>
  )

const Changed = ({ file, additions, deletions, lines }: ChangedFile) => {
  const head = (
    <>
      <code>{file}</code>
      <span class="push">
        <span class="tone-good">+{additions}</span> <span class="tone-bad">−{deletions}</span>
      </span>
    </>
  )
  return lines.length === 0 ? (
    <li class="condition-head">{head}</li>
  ) : (
    <li>
      <details>
        <summary>{head}</summary>
        <Diff lines={lines} label={`Changes of ${file}`} />
      </details>
    </li>
  )
}

interface Session {
  readonly id: string
  readonly todo: readonly unknown[]
}

/** While a Task is at work its session is read again this often, as long as somebody looks. */
const everyMs = 3_000

/** A long session has thousands of messages and many MB. */
const mostMessages = 100

export interface TranscriptProps {
  readonly task: Task
}

/** What was said and done in the session of a Task: it outlives the Pod, as long as the Agent keeps its sessions. */
const Transcript = ({ task }: TranscriptProps) => {
  const { namespace = '', name } = task.metadata
  const [entries, setEntries] = useState<readonly Entry[]>()
  const [todos, setTodos] = useState<readonly Todo[]>([])
  const [isWhole, setIsWhole] = useState(true)
  const [files, setFiles] = useState<readonly ChangedFile[]>([])
  const [problem, setProblem] = useState<string>()
  const isDone = isOver(task)
  const agent = agentOf(task) ?? ''
  useEffect(() => {
    const ending = new AbortController()
    const { signal } = ending
    let timer: ReturnType<typeof setTimeout> | undefined
    let seen: string | undefined
    const look = async (): Promise<void> => {
      try {
        const { id, todo } = await read<Session>(`${pathOf('tasks', namespace, name)}/session`, signal)
        const session = `${pathOf('agents', namespace, agent)}/proxy/session/${encodeURIComponent(id)}`
        const [messages, info] = await Promise.all([
          read<unknown>(`${session}/message?limit=${mostMessages}`, signal),
          read<unknown>(session, signal).catch(() => undefined),
        ])
        const found = Array.isArray(messages) ? messages : []
        setEntries(entriesOf(found))
        setIsWhole(found.length < mostMessages)
        setTodos(todosOf(todo))
        setProblem(undefined)
        // What has changed is dear to reckon, and moves with the session.
        const version = `${id} ${updatedOf(info)}`
        if (seen !== version) {
          const diff = await read<unknown>(`${session}/diff`, signal).catch(() => undefined)
          if (diff !== undefined) {
            setFiles(changedFilesOf(diff))
            seen = version
          }
        }
      } catch (error) {
        if (!signal.aborted) setProblem((error as Error).message)
      }
      if (!isDone && !signal.aborted) timer = setTimeout(whenSeen, everyMs)
    }
    const whenSeen = (): void => {
      if (!document.hidden) void look()
      else document.addEventListener('visibilitychange', whenSeen, { once: true, signal })
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
          <>
            {!isWhole && <p class="faint">The last {mostMessages} messages; those before are in the session itself.</p>}
            <ol class="transcript">
              {entries.map((entry) => (
                <Said key={entry.key} entry={entry} />
              ))}
            </ol>
          </>
        )
      ) : (
        problem === undefined && <Waiting rows={4} />
      )}
      {files.length > 0 && (
        <ul class="conditions changed" aria-label="Changed files">
          {files.map((changed) => (
            <Changed key={changed.file} {...changed} />
          ))}
        </ul>
      )}
    </>
  )
}

export default Transcript
