/** The demo's steps, one after another; each can be called alone and again. */
import { ensureBinaries } from '../local/binaries.ts'
import { startCluster } from '../local/cluster.ts'
import type { Progress } from '../local/progress.ts'
import { isInstalled } from '../local/run.ts'
import { type Access, applyObjects, kubectl, openAccess } from './access.ts'
import { demoClusterFolder } from './folders.ts'
import { buildLocalImages, loadImages } from './images.ts'
import { accessTo, installKubeOpenCode, isInstalledByOthers } from './install.ts'
import { followAgent, followTask } from './live.ts'
import { type Example, type ImageSource, type Part, releasedImages } from './manifests.ts'
import { demoPrograms } from './preflight.ts'
import type { Screen } from './screen.ts'
import type { Agent } from '../../crds/agent.ts'
import type { Task } from '../../crds/task.ts'

/** The demo's own cluster with KubeOpenCode in it, made or continued. */
export const prepareOwnCluster = async (progress: Progress): Promise<Access> => {
  const { helm } = await ensureBinaries(demoPrograms, progress)
  const cluster = await startCluster({ dir: demoClusterFolder(), name: 'demo', node: true, outside: true, progress })
  const images = await buildLocalImages(progress)
  await loadImages(cluster, images, progress)
  const access = accessTo(cluster, helm)
  const imageHash = images.find(({ name }) => name === 'kubeopencode')?.hash
  await installKubeOpenCode({
    access,
    images: releasedImages,
    ...(imageHash !== undefined && { imageHash }),
    // A second copy guards against a node that goes, and here all would go with it.
    values: { replicas: 1 },
    progress,
  })
  return access
}

export type OwnCluster = { readonly context: string; readonly kubeconfig?: string }

/** Speaks with a cluster of the user's, with the user's own kubectl and helm where they are installed. */
export const accessToContext = async ({ context, kubeconfig }: OwnCluster, progress: Progress): Promise<Access> => {
  const own = { context, ...(kubeconfig !== undefined && { kubeconfig }) }
  // A wrong name is told with the names there are, before anything is obtained or asked of a cluster.
  await openAccess(own)
  const program = async (name: 'kubectl' | 'helm'): Promise<string> =>
    (await isInstalled(name)) ? name : (await ensureBinaries([name], progress))[name]
  const access: Access = { ...own, kubectl: await program('kubectl'), helm: await program('helm') }
  progress.step(`reach the cluster of context ${context}`)
  await kubectl(access, ['version', '--request-timeout=10s']).catch((cause: unknown) => {
    throw new Error(
      `The cluster of context ${context} does not answer; look with: kubectl --context ${context} version`,
      { cause },
    )
  })
  progress.done()
  return access
}

/** Installs into a cluster of the user's, unless KubeOpenCode is there already. */
export const prepareUsersCluster = async (access: Access, images: ImageSource, progress: Progress): Promise<void> => {
  if (await isInstalledByOthers(access))
    progress.note('KubeOpenCode is installed in this cluster already; the demo uses it as it is.')
  else await installKubeOpenCode({ access, images, progress })
}

/** Takes away what an earlier run has left, so that the same job can be done again. */
export const clearLastRun = async (access: Access, { namespace, agent, task }: Example): Promise<void> => {
  const gone = [`--namespace=${namespace}`, '--ignore-not-found', '--cascade=foreground', '--timeout=90s']
  await kubectl(access, ['delete', 'task', task.metadata.name, ...gone])
  await kubectl(access, ['delete', 'agent', agent.metadata.name, ...gone])
}

const apply = async (access: Access, part: Part, screen: Screen): Promise<void> => {
  screen.line(screen.colors.bold(`$ kubectl apply -f ${part.file}`))
  await applyObjects(access, part.objects)
}

/** Applies the manifests one after another and shows what they set going, up to the end of the Task. */
export const runExample = async (
  access: Access,
  example: Example,
  screen: Screen,
): Promise<{ readonly agent: Agent; readonly task: Task }> => {
  const { namespace } = example
  const place = { ...(await openAccess(access)), namespace, screen }
  await apply(access, example.namespacePart, screen)
  await clearLastRun(access, example)
  await apply(access, example.servicesPart, screen)
  await apply(access, example.agentPart, screen)
  const agent = await followAgent(place, example.agent.metadata.name)
  screen.line()
  await apply(access, example.taskPart, screen)
  screen.line(`    ${screen.colors.italic(`“${example.task.spec.description ?? ''}”`)}`)
  const task = await followTask(place, example.task.metadata.name)
  return { agent, task }
}
