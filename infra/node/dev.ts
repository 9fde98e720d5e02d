import { parseArgs } from 'node:util'
import { sentenceOf } from '../../shared/errors.ts'
import type { Log } from '../../shared/ports.ts'
import { passwordsFrom } from '../../shared/server-passwords.ts'
import { createApp } from '../../webhooks/app.ts'
import { hooks } from '../../webhooks/table.ts'
import { issue } from '../certificates/issue.ts'
import { agentServers } from '../cluster/agent-servers.ts'
import { identify } from '../cluster/identity.ts'
import { createCluster } from '../cluster/rest.ts'
import { connect } from '../cluster/undici.ts'
import { serverKey } from '../server-key/key.ts'
import { jsonLog } from '../log.ts'
import { clock } from '../clock.ts'
import { exporterFrom } from '../traces/from-environment.ts'
import { createController } from './controller.ts'
import type { Ending } from './ending.ts'
import { createEnding } from './ending.ts'
import type { Environment } from './environment.ts'
import { readEnvironment } from './environment.ts'
import { installKinds, registerWebhooks, unregisterWebhooks } from './install-dev.ts'
import { createMetrics } from './metrics.ts'
import { serveHttps } from './serve.ts'

const help = `usage: npm run dev [-- options]

Runs the functions and webhooks on this machine against a cluster: installs the CRDs, registers the webhooks by URL with
a CA of its own, and prints one line when it is ready. Ctrl-C takes the registration away again.

  --kubeconfig FILE   kubeconfig of the cluster (default: KUBECONFIG, then ~/.kube/config)
  --context NAME      context of it (default: the current one)
  --host ADDRESS      where the apiserver finds this machine (default: 127.0.0.1)
  --port NUMBER       port of the webhooks (default: any free one)
  --no-webhooks       functions only; every object is then found by the sweep
  --sweep SECONDS     how often every object is looked at (default: 300)
  --tick SECONDS      how often what is due is looked for (default: 15)
  --help              this text

Log lines are JSON on stderr; KUBEOPENCODE_LOG_LEVEL=debug shows every delivery. The other variables of the container
(KUBEOPENCODE_SYSTEM_IMAGE and so on) work here too.

examples:
  KUBECONFIG=./kubeconfig npm run dev
  npm run dev -- --context kind-test --host 172.18.0.1`

const options = {
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  host: { type: 'string', default: '127.0.0.1' },
  port: { type: 'string', default: '0' },
  'no-webhooks': { type: 'boolean', default: false },
  sweep: { type: 'string', default: '300' },
  tick: { type: 'string', default: '15' },
  help: { type: 'boolean', default: false },
} as const

class UsageError extends Error {}

const numberOf = (name: string, text: string, least: number): number => {
  const number = Number(text)
  if (!Number.isFinite(number) || number < least)
    throw new UsageError(`--${name} is "${text}"; it must be a number, ${least} or more`)
  return number
}

const readArguments = () => {
  try {
    return parseArgs({ options, strict: true }).values
  } catch (error) {
    throw new UsageError(`${sentenceOf(error)}; see npm run dev -- --help`)
  }
}

/** An apiserver that calls this address is on this machine, so nobody else needs to be listened to. */
const loopback = new Set(['127.0.0.1', '::1', 'localhost'])

const start = async (
  values: ReturnType<typeof readArguments>,
  { namespace, defaults }: Environment,
  log: Log,
  ending: Ending,
) => {
  const { host, kubeconfig, context } = values
  const identity = await identify({
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
    log,
  })
  const connection = connect(identity, 'kubeopencode')
  const cluster = createCluster(connection)
  const passwords = passwordsFrom(() => serverKey(cluster, namespace))
  const traces = exporterFrom(process.env, { log, soonMs: 1_000 })
  ending.closing(() => traces?.close(3_000))
  const controller = createController({
    cluster,
    ...agentServers(connection, passwords),
    defaults,
    log,
    metrics: createMetrics(),
    traces,
    sweepSeconds: numberOf('sweep', values.sweep, 0.1),
    tickSeconds: numberOf('tick', values.tick, 0.1),
  })
  ending.closing(controller.close)

  await installKinds(cluster)
  // Where the key of the servers' passwords is kept, so that a later run finds them as they are.
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  let where = 'without webhooks'
  if (!values['no-webhooks']) {
    const certificates = await issue({ names: [host], now: new Date() })
    const app = createApp(hooks, {
      bus: controller.bus,
      log,
      reader: cluster,
      ...(traces && { tracing: { traces, clock } }),
    })
    const server = await serveHttps({
      fetch: app.fetch,
      certificates: certificates.serving,
      port: numberOf('port', values.port, 0),
      ...(loopback.has(host) && { hostname: host }),
    })
    ending.closing(server.close)
    const url = `https://${host.includes(':') ? `[${host}]` : host}:${server.port}`
    // Half a registration refuses every write, too.
    ending.closing(() => unregisterWebhooks(cluster))
    await registerWebhooks(cluster, url, certificates.authority.certificate)
    where = `webhooks on ${url}`
  }
  controller.start()
  console.log(`ready: functions of KubeOpenCode against ${connection.server}, ${where}`)
}

const run = async (): Promise<void> => {
  const values = readArguments()
  if (values.help) {
    console.log(help)
    return
  }
  const environment = readEnvironment(process.env)
  const log = jsonLog((line) => process.stderr.write(`${line}\n`), environment.logLevel)
  const ending = createEnding(log)
  await start(values, environment, log, ending).catch(async (error: unknown) => {
    console.error(sentenceOf(error))
    await ending.end(exitCodeOf(error))
  })
}

const exitCodeOf = (error: unknown): number => (error instanceof UsageError ? 2 : 1)

await run().catch((error: unknown) => {
  console.error(sentenceOf(error))
  process.exit(exitCodeOf(error))
})
