/** The API in a process of its own, for test/bench/api.ts: says its port, and its memory whenever it is asked. */
import { createSeal } from '../../functions/api/access/sealed.ts'
import { createRate } from '../../functions/api/access/rate.ts'
import { asCaller } from '../../infra/cluster/as-caller.ts'
import { identify } from '../../infra/cluster/identity.ts'
import { connect } from '../../infra/cluster/undici.ts'
import { jsonLog } from '../../infra/log.ts'
import { clock } from '../../infra/clock.ts'
import { apiManager } from '../../infra/node/server/apiserver.ts'
import { startServer } from '../../infra/node/server/start.ts'

const [kubeconfig = ''] = process.argv.slice(2)
const { port } = await startServer({
  apiserverOf: asCaller(connect(await identify({ kubeconfig, asNobody: true }), apiManager)),
  access: { mode: 'token', seal: await createSeal(crypto.getRandomValues(new Uint8Array(32))) },
  clock,
  log: jsonLog((line) => process.stderr.write(`${line}\n`), 'warn'),
  // What is measured is the server and not its patience.
  rate: createRate(() => Date.now(), {
    perSecond: 1e9,
    burst: 1e9,
    mostCallers: 100,
    mostAtOnce: 1e6,
    mostStreams: 1e6,
  }),
  port: 0,
  hostname: '127.0.0.1',
})
process.send?.({ port })
process.on('message', () => process.send?.({ residentMb: process.memoryUsage().rss / 1024 ** 2 }))
