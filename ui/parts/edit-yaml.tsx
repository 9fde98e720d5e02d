import { useState } from 'preact/hooks'
import { ApiProblem } from '../api/client.ts'
import type { Read } from '../api/write.ts'
import { readYaml, replace } from '../api/write.ts'
import type { DiffLine } from '../text/diff.ts'
import { changesIn, diffLines } from '../text/diff.ts'
import { withoutStatus } from '../text/yaml.ts'
import { Diff } from './diff.tsx'
import { Editor } from './editor.tsx'

export interface EditProps {
  readonly path: string
  readonly begun: Read
  readonly onDone: (stored: Read) => void
  readonly onCancel: () => void
}

/** Changes at every write and is nobody's to edit. */
const steady = (yaml: string): string =>
  withoutStatus(yaml).replace(/^ {2}(?:resourceVersion|generation|uid|creationTimestamp):.*\n/gm, '')

const conflict =
  'Somebody changed it since it was read, so nothing was saved. Copy what you wrote, read it again, and put your change into what is there now.'

/** An object as YAML to be changed: the server says what would come of it before it is saved, and saves just the version that was read. */
const EditYaml = ({ path, begun, onDone, onCancel }: EditProps) => {
  const [read, setRead] = useState(begun)
  const [text, setText] = useState(() => withoutStatus(begun.yaml))
  const [problem, setProblem] = useState<ApiProblem>()
  const [checked, setChecked] = useState<{ of: string; lines: readonly DiffLine[] | undefined }>()
  const [warnings, setWarnings] = useState<readonly string[]>([])
  const [isBusy, setIsBusy] = useState(false)

  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setIsBusy(true)
    setProblem(undefined)
    try {
      await work()
    } catch (error) {
      setProblem(error instanceof ApiProblem ? error : new ApiProblem(0, String(error)))
    } finally {
      setIsBusy(false)
    }
  }
  const check = (): Promise<void> =>
    attempt(async () => {
      const answer = await replace(path, { yaml: text, etag: read.etag }, { isDryRun: true })
      setWarnings(answer.warnings)
      setChecked({ of: text, lines: changesIn(diffLines(steady(read.yaml), steady(answer.yaml))) })
    })
  const save = (): Promise<void> => attempt(async () => onDone(await replace(path, { yaml: text, etag: read.etag })))
  const readAgain = (): Promise<void> =>
    attempt(async () => {
      const now = await readYaml(path)
      setRead(now)
      setText(withoutStatus(now.yaml))
      setChecked(undefined)
    })

  return (
    <div class="create-form">
      {problem && (
        <div class="problem" role="alert">
          <p>
            {problem.code === 409
              ? conflict
              : problem.causes.length > 0
                ? 'The server does not take it:'
                : problem.message}
          </p>
          {problem.causes.map(({ field, message }) => (
            <p key={`${field} ${message}`}>
              <code>{field}</code> {message}
            </p>
          ))}
          {problem.code === 409 && (
            <button type="button" class="button small" onClick={() => void readAgain()}>
              Read it again
            </button>
          )}
        </div>
      )}
      {warnings.map((warning) => (
        <p key={warning} class="why">
          {warning}
        </p>
      ))}
      <Editor label="YAML to edit" value={text} onInput={setText} />
      {checked?.of === text &&
        (checked.lines ? (
          <Diff lines={checked.lines} label="What would change" />
        ) : (
          <p role="status">Nothing would change.</p>
        ))}
      <div class="form-buttons">
        <button type="button" class="button primary" disabled={isBusy} onClick={() => void save()}>
          Save
        </button>
        <button type="button" class="button" disabled={isBusy} onClick={() => void check()}>
          What would change?
        </button>
        <button type="button" class="button quiet" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </div>
  )
}

export default EditYaml
