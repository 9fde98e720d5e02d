import { useObjects } from '../live/use.tsx'
import { CronTaskRow, runsOf } from '../parts/cron-task-row.tsx'
import { NewLink } from '../parts/new-link.tsx'
import { Empty, Heading, Problem, Waiting } from '../parts/pieces.tsx'
import { Rows } from '../parts/rows.tsx'
import { Search } from '../parts/search.tsx'
import { link, namespaceHere, setQuery, useAddress } from '../shell/router.ts'
import { samples } from './samples.ts'

export const CronTasks = () => {
  const store = useObjects()
  const text = useAddress().query.get('q') ?? ''
  const problem = store.problemOf('crontasks')
  const cronTasks = store
    .list('crontasks')
    .filter(({ metadata }) => `${metadata.namespace}/${metadata.name}`.includes(text.toLowerCase()))
  return (
    <>
      <Heading title="CronTasks">
        <NewLink plural="crontasks" />
      </Heading>
      <Search text={text} />
      <Problem text={problem} />
      {!store.isKnown('crontasks') ? (
        <Waiting />
      ) : cronTasks.length > 0 ? (
        <Rows items={cronTasks} label="CronTasks">
          {(cronTask) => (
            <CronTaskRow
              key={cronTask.metadata.uid}
              cronTask={cronTask}
              runs={runsOf(cronTask, store.list('tasks'))}
              isPlaced={namespaceHere() === undefined}
            />
          )}
        </Rows>
      ) : text ? (
        <Empty title="No CronTask matches">
          <button type="button" class="link" onClick={() => setQuery({ q: undefined })}>
            Show all
          </button>
        </Empty>
      ) : (
        !problem && (
          <Empty title="No CronTasks yet" yaml={samples.cronTask(namespaceHere() ?? 'default')}>
            A CronTask makes Tasks on a schedule. <a href={link(['new', 'crontasks'])}>Make one here</a>, or save this
            as crontask.yaml and run <code>kubectl apply -f crontask.yaml</code>.
          </Empty>
        )
      )}
    </>
  )
}
