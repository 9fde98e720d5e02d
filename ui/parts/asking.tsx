import { useState } from 'preact/hooks'
import { pathOf, post } from '../api/client.ts'
import { useRights } from '../api/rights.ts'
import type { Task } from '../api/types.ts'
import { isAnswered, shortUser, verdictWords } from '../text/asking.ts'
import { Problem, Section } from './pieces.tsx'
import { Ago } from './times.tsx'

/** What an agent waits to be told, and the ways to tell it. The id goes along, so that no other question is answered. */
export const Asking = ({ task }: { task: Task }) => {
  const { namespace = '', name } = task.metadata
  const question = task.status?.question
  const may = useRights(namespace)
  const [words, setWords] = useState('')
  const [isBusy, setIsBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  if (!question) return null
  const { id, kind, text, since, deadline } = question
  const isPermission = kind === 'Permission'
  const isDone = isAnswered(task)
  const isHeld = may('patch tasks') !== true || isBusy || isDone
  const tell = async (verb: string, more: object): Promise<void> => {
    setIsBusy(true)
    try {
      await post(`${pathOf('tasks', namespace, name)}/${verb}`, { id, ...more })
      setProblem(undefined)
      setWords('')
    } catch (error) {
      setProblem((error as Error).message)
    } finally {
      setIsBusy(false)
    }
  }
  const said = words.trim()
  return (
    <section class="asking" aria-labelledby="asking-title">
      <h2 id="asking-title">{isPermission ? 'The agent asks for leave' : 'The agent has a question'}</h2>
      <pre class="asked" tabIndex={0} role="region" aria-label="What is asked">
        {text}
      </pre>
      <label class="asking-label" for="asking-words">
        {isPermission ? 'Words to go with a denial (optional)' : 'Your answer'}
      </label>
      <textarea
        id="asking-words"
        class="field"
        rows={isPermission ? 1 : 3}
        maxLength={2000}
        value={words}
        onInput={(event) => setWords(event.currentTarget.value)}
      />
      <div class="asking-buttons">
        {isPermission ? (
          <>
            <button
              type="button"
              class="button primary"
              disabled={isHeld}
              onClick={() => void tell('approve', { always: false })}
            >
              Approve once
            </button>
            <button
              type="button"
              class="button"
              disabled={isHeld}
              title="Also later, for every Task of the Agent, until its server restarts"
              onClick={() => void tell('approve', { always: true })}
            >
              Approve always
            </button>
          </>
        ) : (
          <button
            type="button"
            class="button primary"
            disabled={isHeld || said === ''}
            onClick={() => void tell('reply', { text: said })}
          >
            Reply
          </button>
        )}
        <button
          type="button"
          class="button danger-quiet"
          disabled={isHeld}
          onClick={() => void tell('deny', said === '' ? {} : { reason: said })}
        >
          Deny
        </button>
        <span class="faint" role="status">
          {isDone ? (
            'Answered; the agent is being told.'
          ) : (
            <>
              asked <Ago at={since} />
              {deadline && (
                <>
                  , denied <Ago at={deadline} /> if nobody answers
                </>
              )}
            </>
          )}
        </span>
      </div>
      {may('patch tasks') === false && <p class="faint">An answer needs the right to patch tasks in {namespace}.</p>}
      <Problem text={problem} />
    </section>
  )
}

/** What was asked before, and who answered it. */
export const Answers = ({ task }: { task: Task }) => {
  const answers = task.status?.answers ?? []
  return answers.length === 0 ? null : (
    <Section title="Answers">
      <ul class="conditions">
        {answers.toReversed().map(({ id, text, verdict, reply, by, time }) => (
          <li key={id}>
            <div class="condition-head">
              <strong>{verdictWords[verdict]}</strong>
              <span class="faint">by {shortUser(by)}</span>
              <span class="faint push">
                <Ago at={time} />
              </span>
            </div>
            <p>
              <code>{text}</code>
              {reply && <> — {reply}</>}
            </p>
          </li>
        ))}
      </ul>
    </Section>
  )
}
