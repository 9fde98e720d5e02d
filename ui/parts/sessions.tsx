import { useState } from 'preact/hooks'
import { pathOf, read } from '../api/client.ts'
import type { SessionLine } from '../text/sessions.ts'
import { sessionsOf } from '../text/sessions.ts'
import { costText, countText } from '../text/money.ts'
import { Problem, Section } from './pieces.tsx'
import { Ago } from './times.tsx'

const most = 20

/** What the server of an Agent remembers, of Tasks and of people at its terminal; asked when somebody wants to know. */
export const SessionsSection = ({ namespace, name }: { namespace: string; name: string }) => {
  const [sessions, setSessions] = useState<readonly SessionLine[]>()
  const [problem, setProblem] = useState<string>()
  const show = async (): Promise<void> => {
    try {
      setSessions(sessionsOf(await read<unknown>(`${pathOf('agents', namespace, name)}/proxy/session?limit=${most}`)))
      setProblem(undefined)
    } catch (error) {
      setProblem((error as Error).message)
    }
  }
  return (
    <Section
      title="Sessions"
      aside={
        <button
          type="button"
          class="button small"
          onClick={() => (sessions === undefined ? void show() : setSessions(undefined))}
        >
          {sessions === undefined ? 'Show' : 'Hide'}
        </button>
      }
    >
      <Problem text={problem} />
      {sessions === undefined ? (
        <p class="faint">What its server remembers, of Tasks and of people at its terminal.</p>
      ) : sessions.length === 0 ? (
        <p class="faint">It has had no session yet.</p>
      ) : (
        <ul class="conditions" aria-label="Sessions">
          {sessions.map(({ id, title, task, updated, cost, tokens }) => (
            <li key={id} class="condition-head">
              <strong>{task ?? title}</strong>
              <span class="faint">{task ? 'Task' : 'terminal'}</span>
              <span class="faint push">
                {tokens > 0 && `${countText(tokens)} tokens · `}
                {cost > 0 && `${costText(cost)} · `}
                <Ago at={updated} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}
