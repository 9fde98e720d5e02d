import { parseArgs } from 'node:util'
import { builtIn } from '../../functions/workload/settings.ts'
import { createGitSyncs } from '../../infra/cluster/git-syncs.ts'
import { connect, loadKubeConfig } from '../../infra/cluster/node.ts'
import { createCluster, sender } from '../../infra/cluster/rest.ts'
import { createSessions } from '../../infra/cluster/sessions.ts'
import { jsonLog } from '../../infra/log.ts'
import { createController } from '../../infra/node/controller.ts'
import { createMetrics } from '../../infra/node/metrics.ts'
import type { Hint } from '../../shared/hint.ts'
import { testPasswords } from '../builders/passwords.ts'

/** One copy of the functions, without webhooks: its hints come from the process that started it. */
const { values } = parseArgs({ options: { kubeconfig: { type: 'string' }, sweep: { type: 'string', default: '8' } } })
if (values.kubeconfig === undefined) throw new Error('give --kubeconfig')

const connection = connect(loadKubeConfig({ kubeconfig: values.kubeconfig }), 'kubeopencode')
const controller = createController({
  cluster: createCluster(connection),
  sessions: createSessions(sender(connection), testPasswords),
  passwords: testPasswords,
  gitSyncs: createGitSyncs(sender(connection)),
  defaults: builtIn,
  log: jsonLog((line) => process.stderr.write(`${line}\n`), 'warn'),
  metrics: createMetrics(),
  sweepSeconds: Number(values.sweep),
})
process.on('message', (hint: Hint) => void controller.bus.publish(hint))
controller.start()
process.send?.('ready')
