import { useState } from 'preact/hooks'
import { ask, pathOf } from '../api/client.ts'
import type { Plural } from '../api/types.ts'
import { Problem, Section, Yaml } from './pieces.tsx'

/** The object as YAML, read when somebody wants to see it. */
export const Source = ({ plural, namespace, name }: { plural: Plural; namespace: string; name: string }) => {
  const [text, setText] = useState<string>()
  const [problem, setProblem] = useState<string>()
  const show = async (): Promise<void> => {
    try {
      setText(await (await ask(`${pathOf(plural, namespace, name)}?output=yaml`)).text())
      setProblem(undefined)
    } catch (error) {
      setProblem((error as Error).message)
    }
  }
  return (
    <Section
      title="YAML"
      aside={
        <button
          type="button"
          class="button small"
          onClick={() => (text === undefined ? void show() : setText(undefined))}
        >
          {text === undefined ? 'Show' : 'Hide'}
        </button>
      }
    >
      <Problem text={problem} />
      {text !== undefined && <Yaml text={text} />}
    </Section>
  )
}
