import { GROUP, labels } from '../../crds/names.ts'
import { TaskKind } from '../../crds/task.ts'
import { withContextTypes, withOwnLabels } from '../defaults.ts'
import type { Mutate } from '../mutate.ts'
import { mutate } from '../mutate.ts'
import { withAnsweredBy } from './answered-by.ts'

/** Labels follow the references; only a Task that a CronTask controls carries the CronTask's. */
const withDefaults = mutate(TaskKind, (task) => {
  const cronTask = task.metadata.ownerReferences?.find(
    ({ apiVersion, kind, controller }) =>
      controller === true && kind === 'CronTask' && apiVersion.startsWith(`${GROUP}/`),
  )
  return withOwnLabels(
    { ...task, spec: withContextTypes(task.spec) },
    {
      [labels.agent]: task.spec.agentRef?.name,
      [labels.agentTemplate]: task.spec.templateRef?.name,
      [labels.cronTask]: cronTask?.name,
    },
  )
})

export const mutateTask: Mutate = (task, writing) => {
  const whole = withDefaults(task)
  return writing ? withAnsweredBy(whole, writing) : whole
}
