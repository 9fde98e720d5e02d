/** KubeOpenCode in a cluster, by its Helm chart, as a user would install it. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Deployment } from 'kubernetes-types/apps/v1'
import type { Pod } from 'kubernetes-types/core/v1'
import { SYSTEM_NAMESPACE } from '../../crds/names.ts'
import type { Cluster } from '../local/cluster.ts'
import { type Progress, silent } from '../local/progress.ts'
import { run } from '../local/run.ts'
import { CONTROLLER } from '../generate/installation.ts'
import { type Access, helmFlags, kubectl, openAccess } from './access.ts'
import { podTrouble } from './follow.ts'
import { root } from './folders.ts'
import { type ImageSource, releasedImages } from './manifests.ts'

const RELEASE = 'kubeopencode'
/** On the Helm release: the demo made it, and may take it away again. */
const MARK = 'kubeopencode.io/demo'
const CHART = join(root, 'infra/helm/kubeopencode')
const READY_SECONDS = 180

const helm = (access: Access, args: readonly string[], input?: string): Promise<string> =>
  run(
    access.helm,
    [...helmFlags(access), `--namespace=${SYSTEM_NAMESPACE}`, ...args],
    input === undefined ? {} : { input },
  )

const chartValues = ({ prefix, tag }: ImageSource) => ({
  image: { repository: `${prefix}/kubeopencode`, tag },
  agentImages: {
    agent: `${prefix}/kubeopencode-agent-opencode:${tag}`,
    executor: `${prefix}/kubeopencode-agent-devbox:${tag}`,
    attach: `${prefix}/kubeopencode-agent-attach:${tag}`,
  },
})

/** What `helm list` says of a release. */
type Release = { readonly name: string; readonly status: string }

const releases = async (access: Access, ...args: readonly string[]): Promise<readonly Release[]> =>
  JSON.parse(await helm(access, ['list', '--all', '--output=json', `--filter=^${RELEASE}$`, ...args])) as Release[]

/** Whether somebody else has installed KubeOpenCode in this cluster; then it is not the demo's to change. */
export const isInstalledByOthers = async (access: Access): Promise<boolean> => {
  const found = await kubectl(access, [
    'get',
    'deployments',
    '--all-namespaces',
    '--output=name',
    `--field-selector=metadata.name=${CONTROLLER}`,
  ])
  return found.trim() !== '' && (await releases(access, `--selector=${MARK}=true`)).length === 0
}

/** A Helm that was killed leaves its release locked; without the unfinished revision it goes on from the one before. */
const clearUnfinished = async (access: Access): Promise<void> => {
  const unfinished = (await releases(access)).some(({ status }) => status.startsWith('pending-'))
  if (!unfinished) return
  const selector = `owner=helm,name=${RELEASE},status in (pending-install,pending-upgrade,pending-rollback)`
  await kubectl(access, ['delete', 'secrets', `--namespace=${SYSTEM_NAMESPACE}`, `--selector=${selector}`])
}

const isServing = ({ metadata, spec, status }: Deployment): boolean =>
  (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0) &&
  status?.updatedReplicas === spec?.replicas &&
  status?.replicas === spec?.replicas &&
  status?.availableReplicas === spec?.replicas

/** Starting that often is not a slow start any more. */
const HOPELESS_RESTARTS = 3

const restartsOf = ({ status }: Pod): number => status?.containerStatuses?.[0]?.restartCount ?? 0

const controllerFault = async (access: Access, pods: readonly Pod[]): Promise<string> => {
  const of = [`--namespace=${SYSTEM_NAMESPACE}`, `deployment/${CONTROLLER}`, '--tail=5']
  const hasRun = pods.some((pod) => restartsOf(pod) > 0 || pod.status?.containerStatuses?.[0]?.state?.running)
  const log = hasRun ? await kubectl(access, ['logs', ...of]).catch(() => '') : ''
  const trouble = pods.flatMap((pod) => podTrouble(pod) ?? [])[0] ?? 'its Pod shows no reason'
  return `KubeOpenCode's controller does not become ready: ${trouble}${log && `\nThe end of its log:\n${log.trimEnd()}`}`
}

/** Ends when the controller of the newest revision serves. Throws a sentence with its Pod's trouble and its last words. */
const waitForController = async (access: Access): Promise<void> => {
  const { cluster } = await openAccess(access)
  const namespace = SYSTEM_NAMESPACE
  const labelSelector = 'app.kubernetes.io/name=kubeopencode,app.kubernetes.io/component=controller'
  const deadline = performance.now() + READY_SECONDS * 1000
  for (;;) {
    const deployment = await cluster.get({ kind: 'Deployment', namespace, name: CONTROLLER })
    if (deployment && isServing(deployment)) return
    const { items } = await cluster.list('Pod', { namespace, labelSelector })
    const newest = items.toSorted((a, b) => Date.parse(createdAt(b)) - Date.parse(createdAt(a)))[0]
    const isHopeless = newest !== undefined && restartsOf(newest) >= HOPELESS_RESTARTS
    if (isHopeless || performance.now() > deadline)
      throw new Error(await controllerFault(access, newest ? [newest] : []))
    await sleep(250)
  }
}

const createdAt = ({ metadata }: Pod): string => metadata?.creationTimestamp ?? ''

export type InstallOptions = {
  readonly access: Access
  /** Where the cluster finds the images; the released ones unless said otherwise. */
  readonly images?: ImageSource
  /** Hash of the system image: the controller is restarted when it changes behind the same tag. */
  readonly imageHash?: string
  /** More values of the chart. */
  readonly values?: Readonly<Record<string, unknown>>
  readonly progress?: Progress
}

/**
 * Installs KubeOpenCode into `kubeopencode-system`, or brings an installation up to date. Ends when the controller
 * serves. Throws a sentence that says why when it does not.
 */
export const installKubeOpenCode = async (options: InstallOptions): Promise<void> => {
  const { access, images = releasedImages, imageHash, values = {}, progress = silent } = options
  progress.step('install KubeOpenCode with Helm')
  await clearUnfinished(access)
  const all = {
    ...chartValues(images),
    ...(imageHash !== undefined && { podAnnotations: { [`${MARK}-image`]: imageHash } }),
    ...values,
  }
  await helm(
    access,
    ['upgrade', RELEASE, CHART, '--install', '--create-namespace', `--labels=${MARK}=true`, '--values=-'],
    JSON.stringify(all),
  )
  progress.step('wait for the controller')
  await waitForController(access)
  progress.done()
}

/** Takes the installation away; the CustomResourceDefinitions stay, as the chart keeps them. */
export const uninstallKubeOpenCode = async (access: Access): Promise<void> => {
  await helm(access, ['uninstall', RELEASE, '--ignore-not-found', '--wait'])
}

export const accessTo = ({ kubeconfig, kubectl: program }: Cluster, helmProgram: string): Access => ({
  kubectl: program,
  helm: helmProgram,
  kubeconfig,
})
