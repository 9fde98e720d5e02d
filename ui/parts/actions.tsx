import { useEffect, useRef, useState } from 'preact/hooks'
import type { ComponentChildren } from 'preact'
import { pathOf, remove } from '../api/client.ts'
import { useRights } from '../api/rights.ts'
import type { Plural } from '../api/types.ts'
import { listed } from '../text/cron-words.ts'
import { link, navigate } from '../shell/router.ts'
import { Problem } from './pieces.tsx'

interface Question {
  readonly title: string
  readonly text: string
  readonly word: string
}

export interface Action {
  readonly label: string
  /** In the words of RBAC, such as "patch tasks". */
  readonly right: string
  /** Why it makes no sense now; left out where it does. */
  readonly unfit?: string | undefined
  /** Asked before; for what cannot be undone. */
  readonly confirm?: Question
  readonly isDangerous?: boolean
  /** What it does; a text it gives is shown. */
  readonly run: () => Promise<string | void>
}

/** Asks before what cannot be undone. */
export const Confirm = ({ confirm, onEnd }: { confirm: Question; onEnd: (isSure: boolean) => void }) => {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="confirm-title" onClose={() => onEnd(false)}>
      <h2 id="confirm-title">{confirm.title}</h2>
      <p>{confirm.text}</p>
      <div class="dialog-buttons">
        <button type="button" class="button" onClick={() => onEnd(false)}>
          Keep it
        </button>
        <button type="button" class="button danger" onClick={() => onEnd(true)}>
          {confirm.word}
        </button>
      </div>
    </dialog>
  )
}

/** Deletes an object, after a question that says what goes with it, and leaves for the list. */
export const deletion = (kind: string, plural: Plural, namespace: string, name: string, text: string): Action => ({
  label: 'Delete',
  right: `delete ${plural}`,
  isDangerous: true,
  confirm: { title: `Delete ${kind} ${name}?`, text: `${text} This cannot be undone.`, word: 'Delete' },
  run: async () => {
    await remove(pathOf(plural, namespace, name))
    navigate(link([plural]))
  },
})

/** Buttons of what can be done. One that may not be pressed stays where it is, and a line says what is missing. */
export const Actions = ({
  namespace,
  actions,
  children,
}: {
  namespace: string
  actions: readonly Action[]
  children?: ComponentChildren
}) => {
  const may = useRights(namespace)
  const [busy, setBusy] = useState<string>()
  const [asking, setAsking] = useState<Action>()
  const [problem, setProblem] = useState<string>()
  const [done, setDone] = useState<string>()
  const missing = actions.filter(({ right }) => may(right) === false)

  const run = async (action: Action): Promise<void> => {
    setBusy(action.label)
    setProblem(undefined)
    setDone(undefined)
    try {
      setDone((await action.run()) ?? undefined)
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
    } finally {
      setBusy(undefined)
    }
  }

  return (
    <div class="actions">
      <div class="buttons">
        {children}
        {actions.map((action) => (
          <button
            key={action.label}
            type="button"
            class={`button ${action.isDangerous ? 'danger-quiet' : ''}`}
            disabled={may(action.right) !== true || busy !== undefined || action.unfit !== undefined}
            title={
              may(action.right) === false
                ? `You need the right to ${action.right} in ${namespace}`
                : (action.unfit ?? undefined)
            }
            onClick={() => (action.confirm ? setAsking(action) : void run(action))}
          >
            {busy === action.label ? `${action.label} …` : action.label}
          </button>
        ))}
      </div>
      {missing.length > 0 && (
        <p class="rights faint">
          {listed(missing.map(({ label }) => label))} {missing.length > 1 ? 'need' : 'needs'} the right to{' '}
          {listed([...new Set(missing.map(({ right }) => right))])} in {namespace}.
        </p>
      )}
      <Problem text={problem} />
      <p class="done" role="status" hidden={done === undefined}>
        {done}
      </p>
      {asking?.confirm && (
        <Confirm
          confirm={asking.confirm}
          onEnd={(isSure) => {
            setAsking(undefined)
            if (isSure) void run(asking)
          }}
        />
      )}
    </div>
  )
}
