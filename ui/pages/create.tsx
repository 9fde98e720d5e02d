import type { Plural } from '../api/types.ts'
import { plurals } from '../api/types.ts'
import type { Values } from '../forms/fields.ts'
import { suffix } from '../forms/fields.ts'
import { forms } from '../forms/forms.ts'
import { Create } from '../forms/create.tsx'
import { useObjects } from '../live/use.tsx'
import { Empty, Heading, Waiting } from '../parts/pieces.tsx'
import { link, namespaceHere, setQuery, useAddress } from '../shell/router.ts'
import { againOf } from '../text/again.ts'
import { yamlOf } from '../text/yaml.ts'

const isPlural = (text: string): text is Plural => (plurals as readonly string[]).includes(text)

/** What is known before anything is written: where somebody came from says who is to do it. */
const begun = (plural: Plural, query: URLSearchParams): Values => {
  const agent = query.get('agent')
  const template = query.get('template')
  const who = agent ? `agent/${agent}` : template ? `template/${template}` : ''
  if (plural === 'tasks') return { spec: who, 'metadata.name': `task-${suffix()}` }
  if (plural === 'crontasks') return { 'spec.taskTemplate.spec': who }
  return plural === 'agents' && template ? { 'spec.templateRef.name': template } : {}
}

const CreatePage = ({ plural: asked }: { plural: string }) => {
  const store = useObjects()
  const { query } = useAddress()
  if (!isPlural(asked))
    return (
      <Empty title="There is no such kind">
        New Tasks, Agents, CronTasks and templates are made from <a href={link([])}>their lists</a>.
      </Empty>
    )
  const namespace = namespaceHere() ?? 'default'
  const from = query.get('from')
  if (from !== null && !store.isKnown(asked)) return <Waiting />
  const model = from === null || asked !== 'tasks' ? undefined : store.get(asked, namespace, from)
  const { title, says } = forms[asked]
  const yaml = model && yamlOf(againOf(model))
  return (
    <>
      <Heading title={title} />
      <p class="profile">
        {says} It will be in{' '}
        {namespaceHere() === undefined ? (
          <input
            class="field inline-field"
            aria-label="Namespace of the new object"
            value={namespace}
            spellcheck={false}
            onChange={(event) => setQuery({ namespace: event.currentTarget.value.trim() || undefined })}
          />
        ) : (
          <>
            namespace <strong>{namespace}</strong>.
          </>
        )}
      </p>
      <Create
        key={`${asked}/${namespace}/${from ?? ''}`}
        plural={asked}
        namespace={namespace}
        values={begun(asked, query)}
        yaml={yaml}
      />
    </>
  )
}

export default CreatePage
