import { sentenceOf } from '../../shared/errors.ts'
import type { EventBus, Log } from '../../shared/ports.ts'
import { createApp } from '../../webhooks/app.ts'
import { mutatingName, validatingName } from '../../webhooks/configurations.ts'
import { hooks } from '../../webhooks/table.ts'
import { createKeeper, startRenewal } from '../certificates/keeper.ts'
import { impatient } from '../cluster/impatient.ts'
import { counted } from '../cluster/counted.ts'
import { agentServers } from '../cluster/agent-servers.ts'
import { identify } from '../cluster/identity.ts'
import { createCluster } from '../cluster/rest.ts'
import { connect } from '../cluster/undici.ts'
import { keptPasswords } from '../server-key/kept.ts'
import { ports, WEBHOOK_SERVICE } from '../generate/installation.ts'
import { jsonLog } from '../log.ts'
import { exporterFrom } from '../traces/from-environment.ts'
import { clock } from '../clock.ts'
import { createController } from './controller.ts'
import { createEnding } from './ending.ts'
import { readEnvironment } from './environment.ts'
import { createBrokerBus, readEventsTo, serveEvents } from './events.ts'
import { countSpansIn, createMetrics, onJudgedIn, onWriteIn, recordCertificate } from './metrics.ts'
import { mountedCertificates } from './mounted-certificates.ts'
import { serveMetrics, serveProbes } from './observed.ts'
import { serveHttps } from './serve.ts'

export const help = `usage: kubeopencode controller | server | check

kubeopencode server --help and check --help say more of these. The controller:

Runs the webhooks on :${ports.webhooks}, the functions, metrics on :${ports.metrics} and probes on :${ports.probes}. It is configured by its environment:

  KUBEOPENCODE_NAMESPACE                    namespace of the installation
  KUBEOPENCODE_SYSTEM_IMAGE                 image of the helpers in Pods
  KUBEOPENCODE_AGENT_IMAGE                  default image that brings OpenCode
  KUBEOPENCODE_EXECUTOR_IMAGE               default image an agent works in
  KUBEOPENCODE_ATTACH_IMAGE                 default image a Task waits in
  KUBEOPENCODE_POD_START_TIMEOUT_SECONDS    how long a Task's Pod may fail to start
  KUBEOPENCODE_TASK_CLIENT                  what runs in a Task's Pod: runner, or opencode for OpenCode's own run command
  KUBEOPENCODE_LOG_LEVEL                    debug, info, warn or error
  KUBEOPENCODE_CERTIFICATES                 own or mounted
  KUBEOPENCODE_CERTIFICATES_DIR             where they are mounted
  KUBEOPENCODE_EVENTS_TO                    URL of a broker that hints go through, as CloudEvents; it delivers them to :${ports.events}
  OTEL_EXPORTER_OTLP_ENDPOINT               collector that spans go to, by OTLP over HTTP, such as http://collector:4318
  KUBEOPENCODE_ACCOUNT_DIR                  where the Pod's account is mounted, if not where it always is

In a Pod it uses the Pod's account, elsewhere the kubeconfig.`

/** Asks until there is an answer: the apiserver may come up after us. */
const untilThere = async <T>(ask: () => Promise<T>, missing: string, log: Log): Promise<T> => {
  for (let delay = 500; ; delay = Math.min(delay * 2, 15_000)) {
    try {
      return await ask()
    } catch (error) {
      log.warn(missing, { error: sentenceOf(error) })
      await clock.sleep(delay)
    }
  }
}

/** How often the Secrets that all copies share are looked after. */
const keepSeconds = 60

/** How long the end of the process waits for a collector. */
const flushMs = 3_000

/** The container's program: everything in one process, any number of which may run side by side. */
export const run = async (): Promise<void> => {
  const environment = readEnvironment(process.env)
  const { namespace, defaults } = environment
  const eventsTo = readEventsTo(process.env)
  const log = jsonLog((line) => process.stdout.write(`${line}\n`), environment.logLevel)
  const ending = createEnding(log)
  const metrics = createMetrics()
  const traces = exporterFrom(process.env, { log, soonMs: 1_000, count: countSpansIn(metrics) })
  // Last of all: what ends until then has spans, too.
  ending.closing(() => traces?.close(flushMs))
  const connection = connect(await identify({ log }), 'kubeopencode')
  const cluster = createCluster(connection)
  const passwords = keptPasswords(cluster, namespace, log)
  const functions = createController({
    cluster,
    ...agentServers(connection, passwords),
    defaults,
    log,
    metrics,
    traces,
  })
  ending.closing(functions.close)

  let isReady = false
  await serveProbes(() => (isReady ? undefined : 'the webhooks are not served yet'))
  await serveMetrics(metrics.registry)

  const keep =
    environment.certificates === 'mounted'
      ? mountedCertificates(environment.certificatesDir)
      : createKeeper({
          cluster: counted(cluster, onWriteIn(metrics)),
          clock,
          namespace,
          names: [`${WEBHOOK_SERVICE}.${namespace}.svc`, `${WEBHOOK_SERVICE}.${namespace}.svc.cluster.local`],
          configurations: [
            { kind: 'MutatingWebhookConfiguration', name: mutatingName },
            { kind: 'ValidatingWebhookConfiguration', name: validatingName },
          ],
          onMended: functions.sweepNow,
        })
  const certificates = await untilThere(keep, 'there is no certificate for the webhooks yet', log)
  recordCertificate(metrics, certificates.certificate)
  let bus: EventBus = functions.bus
  if (eventsTo !== undefined) {
    const events = await serveEvents(functions.bus, log)
    ending.closing(() => events.close())
    bus = createBrokerBus({ to: eventsTo, source: `${connection.server}/`, own: functions.bus, log, clock })
  }
  const app = createApp(hooks, {
    bus,
    log,
    reader: impatient(cluster, () => performance.now()),
    onJudged: onJudgedIn(metrics),
    ...(traces && { tracing: { traces, clock } }),
  })
  const served = await serveHttps({ fetch: app.fetch, certificates, port: ports.webhooks })
  ending.closing(async () => {
    isReady = false
    served.drain()
    // Endpoints are taken out of the Service a moment after the Pod is told to end.
    await clock.sleep(2000)
    await served.close()
  })
  const use = (serving: typeof certificates) => {
    served.reload(serving)
    recordCertificate(metrics, serving.certificate)
  }
  const renewal = startRenewal({ keep, use, log, serving: certificates, everySeconds: keepSeconds })
  ending.closing(renewal.close)
  await untilThere(
    () => passwords.of({ namespace, name: '', uid: '' }),
    "there is no key for the passwords of Agents' servers yet",
    log,
  )
  const keeping = setInterval(() => void passwords.look(), keepSeconds * 1000)
  ending.closing(() => clearInterval(keeping))
  functions.start()
  isReady = true
  log.info('ready', { webhooks: served.port, server: connection.server })
}
