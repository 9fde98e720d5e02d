import { Agent } from '../../crds/agent.ts'
import { CronTask } from '../../crds/cron-task.ts'
import { Task } from '../../crds/task.ts'
import { decideAgent } from '../../functions/agent/decide.ts'
import { gatherAgent } from '../../functions/agent/gather.ts'
import { childTask } from '../../functions/cron-task/builders.ts'
import { taskObjects } from '../../functions/task/builders.ts'
import { gatherTask } from '../../functions/task/gather.ts'
import { builtIn } from '../../functions/workload/settings.ts'
import { conditionOf } from '../../shared/conditions.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import type { Key } from '../../shared/hint.ts'
import type { ClusterReader, ServerPasswords } from '../../shared/ports.ts'
import type { Senses } from '../../shared/reconcile.ts'
import { parseSchedule } from '../../shared/schedule.ts'
import { CommandError, UsageError } from '../errors.ts'
import { asText, documentOf, outputOf } from '../get/output.ts'
import type { Io } from '../io.ts'
import { say } from '../io.ts'
import { readManifests } from './files.ts'
import { judgeFiles } from './judge-all.ts'
import type { Finding, Judged } from './judge.ts'
import { findingLine } from './report.ts'

export interface RenderOptions {
  readonly filename?: readonly string[]
  readonly namespace?: string
  readonly output?: string
  readonly at?: string
}

/** The uid that the apiserver has yet to give. */
const noUid = '00000000-0000-0000-0000-000000000000'

/** What becomes of one object, or why nothing does. */
export type Rendered = { readonly objects: readonly KubeObject[] } | { readonly faults: readonly string[] }

const withUid = (object: KubeObject): KubeObject => ({ ...object, metadata: { uid: noUid, ...object.metadata } })

/** The files as the cluster: what is not in them is not there. */
const strictReader = (reader: ClusterReader): ClusterReader => ({
  ...reader,
  get: (ref) => reader.get(ref).catch(() => undefined),
})

/** Only the controller has the key that passwords are made from: what stands in their place is plainly none. */
const passwords: ServerPasswords = {
  of: async () => ({ password: '', digest: 'made-by-the-controller' }),
}

/** A Secret without what it would hold, which no file and no screen is the place for. */
const withoutSecrets = (object: KubeObject): KubeObject => {
  if (object.kind !== 'Secret') return object
  const { data: _, stringData: __, ...rest } = object as KubeObject & { data?: unknown; stringData?: unknown }
  return rest
}

/** Nothing runs yet: no session, no repository that is followed. */
const sensesOf = (reader: ClusterReader, key: Key, now: Date): Senses => ({
  reader,
  sessions: { find: async () => undefined, asking: async () => [] },
  gitSyncs: { read: async () => undefined },
  passwords,
  now,
  hint: { key },
})

/** Faults that say only that a thing is not in the files which the cluster itself will have. */
const isOfCluster = (reason: string): boolean =>
  ['DeploymentNotReady', 'InvalidServiceAccount', 'InvalidStorageClass'].includes(reason)

/** Answers for one object that is given instead of what the files hold under its name. */
const withObject = (reader: ClusterReader, object: KubeObject): ClusterReader => ({
  ...reader,
  get: async (ref) =>
    ref.kind === object.kind && ref.name === object.metadata?.name && ref.namespace === object.metadata?.namespace
      ? (object as never)
      : reader.get(ref),
})

const renderAgent = async (object: KubeObject, reader: ClusterReader, now: Date): Promise<Rendered> => {
  const agent = Agent.parse(withUid(object))
  const { name, namespace = '' } = agent.metadata
  const key = { kind: 'Agent', namespace, name } as const
  const sight = await gatherAgent(builtIn)(sensesOf(withObject(reader, agent), key, now), key)
  if (!sight) return { faults: [`Agent ${name} is not in the files`] }
  const plan = decideAgent(sight, now)
  const ready = conditionOf((plan.status as Agent['status'])?.conditions, 'Ready')
  if (ready?.status === 'False' && !isOfCluster(ready.reason)) return { faults: [ready.message] }
  return { objects: [...(plan.ensure ?? []), ...(plan.create ?? []), ...(plan.apply ?? [])] }
}

const renderTask = async (object: KubeObject, reader: ClusterReader, now: Date): Promise<Rendered> => {
  const task = Task.parse(withUid(object))
  const name = task.metadata.name || `${task.metadata.generateName ?? ''}00000`
  const named = { ...task, metadata: { ...task.metadata, name } }
  const key = { kind: 'Task', namespace: task.metadata.namespace ?? '', name } as const
  const sight = await gatherTask(builtIn)(sensesOf(withObject(reader, named), key, now), key)
  if (!sight) return { faults: [`Task ${name} is not in the files`] }
  if (sight.target.kind === 'missing')
    return { faults: [`${sight.target.message}; to render it, give its manifest too`] }
  const made = taskObjects(sight, sight.target)
  return 'faults' in made
    ? { faults: made.faults.map(({ message }) => message) }
    : { objects: [made.configMap, made.pod] }
}

const renderCronTask = async (object: KubeObject, reader: ClusterReader, now: Date): Promise<Rendered> => {
  const cronTask = CronTask.parse(withUid(object))
  const { schedule, timeZone } = cronTask.spec
  const parsed = parseSchedule(schedule, timeZone)
  if ('problem' in parsed) return { faults: [`spec.${parsed.problem.field}: ${parsed.problem.message}`] }
  const next = parsed.schedule.next(now)
  if (!next) return { faults: ['spec.schedule: no run comes after that time'] }
  const task = childTask(cronTask, Math.floor(next.getTime() / 1000))
  const rest = await renderTask(task, reader, now)
  return 'faults' in rest ? rest : { objects: [task, ...rest.objects] }
}

/** The objects the functions would make for one that is stored. Pure but for what `reader` gives. */
export const renderObject = async ({ kind, object }: Judged, files: ClusterReader, now: Date): Promise<Rendered> => {
  const reader = strictReader(files)
  if (kind === 'Agent') return renderAgent(object, reader, now)
  if (kind === 'Task') return renderTask(object, reader, now)
  if (kind === 'CronTask') return renderCronTask(object, reader, now)
  return { objects: [] }
}

const momentOf = (text: string | undefined, now: Date): Date => {
  if (text === undefined) return now
  const moment = new Date(text)
  if (Number.isNaN(moment.getTime()))
    throw new UsageError(`--at ${text} is no time: write it like 2026-03-29T00:00:00Z`)
  return moment
}

export const render = async (io: Io, names: readonly string[], options: RenderOptions): Promise<void> => {
  const output = outputOf(options.output, ['yaml', 'json'] as const) ?? 'yaml'
  const now = momentOf(options.at, io.now())
  const files = await readManifests([...(options.filename ?? []), ...names], io.in)
  const { stored, findings, reader, judged } = await judgeFiles(files, options.namespace ?? 'default')
  for (const finding of findings) say(io, findingLine(finding, io.colors.err))
  if (findings.some(({ severity }) => severity === 'error')) throw new CommandError('')
  if (judged === 0)
    throw new CommandError(`${files.map(({ name }) => name).join(', ')}: no object of KubeOpenCode is in there`)

  const objects: KubeObject[] = []
  const faults: Finding[] = []
  for (const one of stored) {
    const rendered = await renderObject(one, reader, now)
    if ('objects' in rendered) objects.push(...rendered.objects.map(withoutSecrets))
    else
      for (const message of rendered.faults)
        faults.push({
          severity: 'error',
          file: one.manifest.file,
          position: one.manifest.positionOf(''),
          kind: one.kind,
          name: one.object.metadata?.name ?? '',
          message,
        })
  }
  if (output === 'json') io.out.write(asText(documentOf(objects, false), 'json'))
  else for (const object of objects) io.out.write(`---\n${asText(object, 'yaml')}`)
  const secrets = objects.flatMap(({ kind, metadata }) => (kind === 'Secret' ? [metadata?.name ?? ''] : []))
  if (secrets.length > 0)
    say(io, `What Secret ${secrets.join(', ')} holds is made by the controller and left out here.`)
  for (const fault of faults) say(io, findingLine(fault, io.colors.err))
  if (faults.length > 0) throw new CommandError('')
  if (objects.length === 0) say(io, 'Nothing would be created: templates and settings make no objects of their own.')
}
