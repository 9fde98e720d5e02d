import { useState } from 'preact/hooks'
import { pathOf } from '../api/client.ts'
import { useRights } from '../api/rights.ts'
import type { Plural } from '../api/types.ts'
import type { Read } from '../api/write.ts'
import { readYaml } from '../api/write.ts'
import type { EditProps } from './edit-yaml.tsx'
import { lazy } from './lazy.tsx'
import { Problem, Section, Yaml } from './pieces.tsx'

const EditYaml = lazy<EditProps>(async () => (await import('./edit-yaml.tsx')).default)

interface PathProps {
  readonly path: string
  /** In whose namespace the right is asked for, and what it is called. */
  readonly namespace: string
  readonly right: string
  /** Where the right is needed, if not in the namespace. */
  readonly where?: string
  readonly onDone?: () => void
}

/** An object as YAML, read when somebody wants to see it, and changed by who may. */
export const SourceAt = ({ path, namespace, right, where = namespace, onDone }: PathProps) => {
  const [read, setRead] = useState<Read>()
  const [isEditing, setIsEditing] = useState(false)
  const [problem, setProblem] = useState<string>()
  const mayEdit = useRights(namespace)(right)
  const show = async (isToEdit: boolean): Promise<void> => {
    try {
      setRead(await readYaml(path))
      setIsEditing(isToEdit)
      setProblem(undefined)
    } catch (error) {
      setProblem((error as Error).message)
    }
  }
  const done = (stored?: Read): void => {
    if (stored) {
      setRead(stored)
      onDone?.()
    }
    setIsEditing(false)
  }
  return (
    <Section
      title="YAML"
      aside={
        !isEditing && (
          <span class="buttons">
            <button
              type="button"
              class="button small"
              disabled={mayEdit !== true}
              title={mayEdit === false ? `You need the right to ${right} in ${where}` : undefined}
              onClick={() => void show(true)}
            >
              Edit
            </button>
            <button
              type="button"
              class="button small"
              onClick={() => (read === undefined ? void show(false) : setRead(undefined))}
            >
              {read === undefined ? 'Show' : 'Hide'}
            </button>
          </span>
        )
      }
    >
      <Problem text={problem} />
      {read !== undefined &&
        (isEditing ? (
          <EditYaml path={path} begun={read} onDone={done} onCancel={() => done()} />
        ) : (
          <Yaml text={read.yaml} />
        ))}
    </Section>
  )
}

export const Source = ({ plural, namespace, name }: { plural: Plural; namespace: string; name: string }) => (
  <SourceAt path={pathOf(plural, namespace, name)} namespace={namespace} right={`update ${plural}`} />
)
