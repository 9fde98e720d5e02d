import { parseArgs } from 'node:util'
import { builtIn } from '../../functions/workload/settings.ts'
import { agentServers } from '../../infra/cluster/agent-servers.ts'
import { identify } from '../../infra/cluster/identity.ts'
import { connect } from '../../infra/cluster/undici.ts'
import { createCluster } from '../../infra/cluster/rest.ts'
import { jsonLog } from '../../infra/log.ts'
import { createController } from '../../infra/node/controller.ts'
import { createMetrics } from '../../infra/node/metrics.ts'
import type { Hint } from '../../shared/hint.ts'
import { testPasswords } from '../builders/passwords.ts'

/** One copy of the functions, without webhooks: its hints come from the process that started it. */
const { values } = parseArgs({ options: { kubeconfig: { type: 'string' }, sweep: { type: 'string', default: '8' } } })
if (values.kubeconfig === undefined) throw new Error('give --kubeconfig')

const connection = connect(await identify({ kubeconfig: values.kubeconfig }), 'kubeopencode')
const controller = createController({
  cluster: createCluster(connection),
  ...agentServers(connection, testPasswords),
  defaults: builtIn,
  log: jsonLog((line) => process.stderr.write(`${line}\n`), 'warn'),
  metrics: createMetrics(),
  sweepSeconds: Number(values.sweep),
})
process.on('message', (hint: Hint) => void controller.bus.publish(hint))
controller.start()
process.send?.('ready')
