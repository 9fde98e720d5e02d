import { API_VERSION } from '../../crds/names.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { wake } from '../agent/wake.ts'
import type { ClusterOptions } from '../cluster/access.ts'
import { openCluster, timeoutOf } from '../cluster/access.ts'
import { UsageError } from '../errors.ts'
import { outputOf } from '../get/output.ts'
import type { Io } from '../io.ts'
import { print } from '../io.ts'
import { madeForms, showMade } from './made.ts'

export interface AgentOptions extends ClusterOptions {
  readonly template: string
  readonly profile?: string
  readonly maxConcurrentTasks?: string
  readonly idleTimeout?: string
  readonly wait?: boolean
  readonly waitTimeout: string
  readonly dryRun?: boolean
  readonly output?: string
}

/** The Agent that the options describe: its template says the rest. The apiserver says whether it is a good one. */
export const newAgent = (name: string, options: AgentOptions, namespace: string): KubeObject & { spec: object } => {
  const { template, profile, maxConcurrentTasks, idleTimeout } = options
  if (maxConcurrentTasks !== undefined && !/^\d{1,6}$/.test(maxConcurrentTasks))
    throw new UsageError(`--max-concurrent-tasks ${maxConcurrentTasks} is no number of Tasks`)
  return {
    apiVersion: API_VERSION,
    kind: 'Agent',
    metadata: { name, namespace },
    spec: {
      templateRef: { name: template },
      ...(profile !== undefined && { profile }),
      ...(maxConcurrentTasks !== undefined && { maxConcurrentTasks: Number(maxConcurrentTasks) }),
      ...(idleTimeout !== undefined && { standby: { idleTimeout } }),
    },
  }
}

export const createAgent = async (io: Io, name: string, options: AgentOptions): Promise<void> => {
  const { wait = false, dryRun = false } = options
  const output = outputOf(options.output, madeForms)
  if (dryRun && wait) throw new UsageError('--dry-run stores nothing, so there is nothing to wait for')
  const patienceMs = timeoutOf(options.waitTimeout, '--wait-timeout')
  const access = await openCluster(options, io)
  showMade(io, await access.api.create(newAgent(name, options, access.namespace), { dryRun }), { dryRun, output })
  if (!wait) return
  await wake(io, access, name, patienceMs, '--wait-timeout')
  if (output === undefined) print(io, `Agent ${name} is ready`)
}
