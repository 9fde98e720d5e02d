import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { SYSTEM_NAMESPACE } from '../../crds/names.ts'
import { applyObjects } from '../../infra/demo/access.ts'
import { buildLocalImages, loadImages } from '../../infra/demo/images.ts'
import { accessTo } from '../../infra/demo/install.ts'
import { loadExample, releasedImages } from '../../infra/demo/manifests.ts'
import { cacheFolder, ensureBinaries } from '../../infra/local/binaries.ts'
import { startCluster } from '../../infra/local/cluster.ts'
import { durationsIn } from '../../infra/local/durations.ts'
import { printed } from '../../infra/local/progress.ts'
import { install } from './install.ts'

/** One real cluster for all e2e files: a node, the images, the chart, the mock model and the Git server. */
export const setup = async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  const progress = printed(durationsIn(cacheFolder()))
  const { helm } = await ensureBinaries(['kubectl', 'helm'], progress)
  const dir = mkdtempSync(join(tmpdir(), 'e2e-'))
  const cluster = await startCluster({ dir, name: 'e2e', node: true, tmpfs: true, audit: true, progress })
  try {
    const images = await buildLocalImages(progress)
    await loadImages(cluster, images, progress)
    const access = accessTo(cluster, helm)
    // The strictest that a namespace can ask for: what we install is to run in it.
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
    await applyObjects(access, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM_NAMESPACE, labels } }])
    await install(access, { progress })
    const { namespacePart, servicesPart } = loadExample({ kind: 'mock' }, releasedImages)
    await applyObjects(access, [...namespacePart.objects, ...servicesPart.objects])
    provide('kubeconfig', cluster.kubeconfig)
    provide('kubectl', cluster.kubectl)
    provide('helm', helm)
    provide('hostAddress', cluster.hostAddress)
  } catch (error) {
    await cluster.stop()
    throw error
  }
  progress.done()
  return () => cluster.stop()
}
