import type { CronTask } from '../../crds/cron-task.ts'
import { annotations, API_VERSION, GROUP, labels } from '../../crds/names.ts'
import type { Task } from '../../crds/task.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { ownedBy } from '../../shared/kubernetes.ts'
import { childName } from './names.ts'

/** The Task of one run. Labels of our prefix say what is so, whatever the template says. */
export const childTask = (parent: CronTask, seconds: number): Task => {
  const { metadata = {}, spec } = parent.spec.taskTemplate
  const said = Object.entries(metadata.labels ?? {}).filter(([name]) => !name.startsWith(`${GROUP}/`))
  return ownedBy<Task>(parent, {
    apiVersion: API_VERSION,
    kind: 'Task',
    metadata: {
      name: childName(parent.metadata.name, seconds),
      labels: {
        ...Object.fromEntries(said),
        [labels.cronTask]: parent.metadata.name,
        ...(spec.agentRef && { [labels.agent]: spec.agentRef.name }),
        ...(spec.templateRef && { [labels.agentTemplate]: spec.templateRef.name }),
      },
      ...(metadata.annotations && { annotations: metadata.annotations }),
    },
    spec,
  })
}

/** Asks this incarnation of a Task to stop. With its uid, so that none is made where it is gone meanwhile. */
export const stopOf = ({ metadata: { name, namespace = '', uid = '' } }: Task): KubeObject => ({
  apiVersion: API_VERSION,
  kind: 'Task',
  metadata: { name, namespace, uid, annotations: { [annotations.stop]: 'true' } },
})
