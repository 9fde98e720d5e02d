import { API_VERSION } from '../../crds/names.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import type { ClusterOptions } from '../cluster/access.ts'
import { openCluster } from '../cluster/access.ts'
import { outputOf } from '../get/output.ts'
import type { Io } from '../io.ts'
import type { TaskOptions } from '../task/new-task.ts'
import { newTask, promptOf } from '../task/new-task.ts'
import { madeForms, showMade } from './made.ts'

export interface CronTaskOptions extends ClusterOptions, Pick<TaskOptions, 'agent' | 'template' | 'timeout'> {
  readonly schedule: string
  readonly timeZone?: string
  readonly suspend?: boolean
  readonly dryRun?: boolean
  readonly output?: string
}

/** The CronTask that the options describe. Throws a usage error where they describe no Task. */
export const newCronTask = (
  name: string,
  prompt: string,
  { schedule, timeZone, suspend, agent, template, timeout }: CronTaskOptions,
  namespace: string,
): KubeObject & { spec: object } => {
  const doer = {
    ...(agent !== undefined && { agent }),
    ...(template !== undefined && { template }),
    ...(timeout !== undefined && { timeout }),
  }
  return {
    apiVersion: API_VERSION,
    kind: 'CronTask',
    metadata: { name, namespace },
    spec: {
      schedule,
      ...(timeZone !== undefined && { timeZone }),
      ...(suspend && { suspend }),
      taskTemplate: { spec: newTask(prompt, doer, namespace).spec },
    },
  }
}

export const createCronTask = async (io: Io, name: string, prompt: string, options: CronTaskOptions): Promise<void> => {
  const { dryRun = false } = options
  const output = outputOf(options.output, madeForms)
  const { api, namespace } = await openCluster(options, io)
  const cronTask = newCronTask(name, await promptOf(prompt, io.in), options, namespace)
  showMade(io, await api.create(cronTask, { dryRun }), { dryRun, output })
}
