import { CronTaskKind } from '../../crds/cron-task.ts'
import { withContextTypes, withOwnLabels } from '../defaults.ts'
import { mutate } from '../mutate.ts'

export const mutateCronTask = mutate(CronTaskKind, (cronTask) => {
  const { taskTemplate } = cronTask.spec
  const spec = { ...cronTask.spec, taskTemplate: { ...taskTemplate, spec: withContextTypes(taskTemplate.spec) } }
  return withOwnLabels({ ...cronTask, spec }, {})
})
