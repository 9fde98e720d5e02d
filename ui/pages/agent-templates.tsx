import { useObjects } from '../live/use.tsx'
import { NewLink } from '../parts/new-link.tsx'
import { Empty, Heading, Problem, Waiting } from '../parts/pieces.tsx'
import { Rows } from '../parts/rows.tsx'
import { Search } from '../parts/search.tsx'
import { TemplateRow, usersOf } from '../parts/template-row.tsx'
import { link, namespaceHere, setQuery, useAddress } from '../shell/router.ts'
import { samples } from './samples.ts'

export const AgentTemplates = () => {
  const store = useObjects()
  const text = useAddress().query.get('q') ?? ''
  const problem = store.problemOf('agenttemplates')
  const templates = store
    .list('agenttemplates')
    .filter(({ metadata }) => `${metadata.namespace}/${metadata.name}`.includes(text.toLowerCase()))
  return (
    <>
      <Heading title="Agent templates">
        <NewLink plural="agenttemplates" />
      </Heading>
      <Search text={text} />
      <Problem text={problem} />
      {!store.isKnown('agenttemplates') ? (
        <Waiting />
      ) : templates.length > 0 ? (
        <Rows items={templates} label="Agent templates">
          {(template) => (
            <TemplateRow
              key={template.metadata.uid}
              template={template}
              users={usersOf(template, store.list('agents')).length}
              isPlaced={namespaceHere() === undefined}
            />
          )}
        </Rows>
      ) : text ? (
        <Empty title="No template matches">
          <button type="button" class="link" onClick={() => setQuery({ q: undefined })}>
            Show all
          </button>
        </Empty>
      ) : (
        !problem && (
          <Empty title="No templates yet" yaml={samples.agentTemplate(namespaceHere() ?? 'default')}>
            A template is what several Agents have in common.{' '}
            <a href={link(['new', 'agenttemplates'])}>Make one here</a>, or save this as template.yaml and run{' '}
            <code>kubectl apply -f template.yaml</code>.
          </Empty>
        )
      )}
    </>
  )
}
