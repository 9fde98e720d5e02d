import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { customResourceDefinition } from '../../crds/crd.ts'
import { kinds } from '../../crds/kinds.ts'
import { identify } from '../../infra/cluster/identity.ts'
import { connect } from '../../infra/cluster/undici.ts'
import { pathOf, sender } from '../../infra/cluster/rest.ts'
import type { Cluster } from '../../infra/local/cluster.ts'
import { startCluster } from '../../infra/local/cluster.ts'
import { until } from '../../infra/local/until.ts'
import { clusterContract } from './cluster.contract.ts'

const dir = mkdtempSync(join(tmpdir(), 'kubeopencode-contract-'))
let local: Cluster | undefined

afterAll(async () => {
  await local?.stop()
  rmSync(dir, { recursive: true, force: true })
})

clusterContract('a real kube-apiserver', async () => {
  local = await startCluster({ dir, node: false, tmpfs: true, bare: true, name: 'contract' })
  const send = sender(connect(await identify({ kubeconfig: local.kubeconfig }), 'contract'))
  for (const kind of kinds)
    await send('POST', pathOf('CustomResourceDefinition'), { body: customResourceDefinition(kind) })
  const soon = async (holds: () => Promise<boolean>): Promise<void> => {
    // The garbage collector learns of a new kind within half a minute, and may then take as long again.
    const isSo = await until(async () => (await holds()) || undefined, { seconds: 300, everyMilliseconds: 50 })
    if (!isSo) throw new Error('this did not become true within 300 s')
  }
  const answers = async (path: string) => (await send('GET', path)).ok
  for (const kind of kinds) await soon(() => answers(pathOf(kind.kind)))
  await soon(() => answers(pathOf('ServiceAccount', 'default', 'default')))
  return { send, until: soon }
})
