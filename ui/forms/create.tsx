import { useState } from 'preact/hooks'
import { useRights } from '../api/rights.ts'
import type { Plural } from '../api/types.ts'
import { create } from '../api/write.ts'
import { useObjects } from '../live/use.tsx'
import { Editor } from '../parts/editor.tsx'
import { Copy, Problem } from '../parts/pieces.tsx'
import { link, navigate } from '../shell/router.ts'
import { yamlOf } from '../text/yaml.ts'
import { Contexts } from './contexts.tsx'
import type { Field, Values } from './fields.ts'
import { faultsByField, objectOf } from './fields.ts'
import { forms } from './forms.ts'
import { Input } from './input.tsx'
import type { Judgement } from './use-check.ts'
import { judgementOf, useCheck } from './use-check.ts'

interface Props {
  readonly plural: Plural
  readonly namespace: string
  readonly values: Values
  /** A manifest to begin with instead of the form. */
  readonly yaml?: string | undefined
}

const neededNow = (field: Field, values: Values): Field => ({
  ...field,
  isNeeded: field.isNeeded ?? (field.isNeededWithout !== undefined && (values[field.isNeededWithout] ?? '') === ''),
})

const Warnings = ({ texts }: { texts: readonly string[] }) => (
  <>
    {texts.map((text) => (
      <p key={text} class="why" role="status">
        {text}
      </p>
    ))}
  </>
)

/** A form, the manifest it makes, and what the server would say to it, all at once. */
export const Create = ({ plural, namespace, values: begun, yaml }: Props) => {
  const { kind, fields } = forms[plural]
  const store = useObjects()
  const mayCreate = useRights(namespace)(`create ${plural}`)
  const [values, setValues] = useState(begun)
  const [text, setText] = useState(yaml)
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set())
  const [isBusy, setIsBusy] = useState(false)
  const [refused, setRefused] = useState<{ of: string; judgement: Judgement }>()

  const object = objectOf(kind, namespace, fields, values)
  const manifest = text ?? object
  const shown = text ?? yamlOf(object)
  const checked = useCheck(plural, namespace, manifest, mayCreate === true)
  // What was refused stays refused until something changes.
  const isTried = refused?.of === shown
  const judgement = isTried ? refused.judgement : checked
  const isForm = text === undefined
  const faults = faultsByField(isForm ? fields : [], judgement?.causes ?? [])
  const isSeen = (path: string): boolean => refused !== undefined || touched.has(path)
  // Nobody is told what is wrong with what they have not begun.
  const hasBegun = refused !== undefined || touched.size > 0 || !isForm
  const problem = hasBegun && judgement?.causes.length === 0 ? judgement.problem : undefined
  const others = refused !== undefined || !isForm ? (faults.get('') ?? []) : []

  const change = (path: string, next: Values): void => {
    setValues(next)
    setTouched(new Set([...touched, path]))
  }
  const submit = async (): Promise<void> => {
    setIsBusy(true)
    try {
      const { object: made } = await create(plural, namespace, manifest)
      const { name } = made.metadata
      if (!store.get(plural, namespace, name)) store.change(plural, 'ADDED', made)
      navigate(link([plural, namespace, name]))
    } catch (error) {
      setRefused({ of: shown, judgement: judgementOf(error) })
      setIsBusy(false)
    }
  }

  return (
    <form
      class="create"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <div class="create-form">
        {mayCreate === false && (
          <p class="why">
            You need the right to create {plural} in {namespace}. What you write here can be copied for somebody who has
            it.
          </p>
        )}
        <Problem text={problem} />
        {others.length > 0 && (
          <ul class="problem faults" role="alert">
            {others.map(({ field, message }) => (
              <li key={`${field} ${message}`}>
                <code>{field || 'The manifest'}</code> {message}
              </li>
            ))}
          </ul>
        )}
        <Warnings texts={judgement?.warnings ?? []} />
        {text !== undefined ? (
          <Editor label="YAML" value={text} onInput={setText} />
        ) : (
          fields.map((field) =>
            field.type === 'contexts' ? (
              <Contexts
                key={field.path}
                path={field.path}
                values={values}
                faults={isSeen(field.path) ? (faults.get(field.path) ?? []) : []}
                namespace={namespace}
                onChange={(next) => change(field.path, next)}
              />
            ) : (
              <Input
                key={field.path}
                field={neededNow(field, values)}
                value={values[field.path] ?? ''}
                faults={isSeen(field.path) ? (faults.get(field.path) ?? []) : []}
                namespace={namespace}
                timeZone={values['spec.timeZone'] ?? ''}
                onChange={(value) => change(field.path, { ...values, [field.path]: value })}
              />
            ),
          )
        )}
        <div class="form-buttons">
          <button type="submit" class="button primary" disabled={mayCreate !== true || isBusy}>
            {isBusy ? 'Creating …' : `Create ${kind}`}
          </button>
          {text === undefined ? (
            <button type="button" class="button" onClick={() => setText(shown)}>
              Edit as YAML
            </button>
          ) : (
            yaml === undefined && (
              <button type="button" class="button" onClick={() => setText(undefined)}>
                Back to the form
              </button>
            )
          )}
          <span class="faint" role="status">
            {judgement?.isGood ? 'The server would take it.' : ''}
          </span>
        </div>
      </div>
      {text === undefined && (
        <section class="create-yaml" aria-label="What will be created">
          <div class="section-head">
            <h2>What will be created</h2>
            <Copy text={shown} />
          </div>
          <pre tabIndex={0} role="region" aria-label="Manifest">
            {shown}
          </pre>
        </section>
      )}
    </form>
  )
}
