import { createOidc } from '../../../functions/api/access/oidc.ts'
import { createSeal } from '../../../functions/api/access/sealed.ts'
import { asCaller } from '../../cluster/as-caller.ts'
import { connect } from '../../cluster/undici.ts'
import { OIDC_FOLDER, ports } from '../../generate/installation.ts'
import { jsonLog } from '../../log.ts'
import { clock } from '../../clock.ts'
import { createEnding } from '../ending.ts'
import { serveMetrics, serveProbes } from '../observed.ts'
import { anonymousEndpoint, apiManager } from './apiserver.ts'
import { oidcAuthority, readServerEnvironment, sessionKey } from './environment.ts'
import { readDashboard } from './dashboard.ts'
import { openExec } from './exec.ts'
import { createServerMetrics } from './metrics.ts'
import { providerFetch } from './provider-fetch.ts'
import { startServer } from './start.ts'
import { createTerminal } from './terminal.ts'

export const help = `usage: kubeopencode server

Serves the API on :${ports.server}. It has no rights of its own: every request is made with the token of whoever asks.

  KUBEOPENCODE_BASE_PATH    where it is mounted, such as /kubeopencode (default: /)
  KUBEOPENCODE_HOSTS        comma-separated names under which it may be called (default: *, any)
  KUBEOPENCODE_LOG_LEVEL    debug, info, warn or error
  KUBEOPENCODE_PORT         port of the API (default: ${ports.server})

To let people log in with an identity provider that the apiserver trusts:

  KUBEOPENCODE_OIDC_ISSUER     its address, https, exactly as the apiserver knows it
  KUBEOPENCODE_OIDC_CLIENT_ID  the audience that the apiserver asks for
  KUBEOPENCODE_OIDC_SCOPES     what to ask it for (default: openid profile email)
  KUBEOPENCODE_EXTERNAL_URL    where browsers find this server, such as https://koc.example.com

  ${OIDC_FOLDER}/client-secret and ca.crt are read where they are there.

In a Pod it asks the Pod's apiserver, elsewhere the one of the kubeconfig, of which it uses the address and the CA alone.`

const portOf = (text: string | undefined): number => {
  if (text === undefined || text === '') return ports.server
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`KUBEOPENCODE_PORT is "${text}"; it must be a port from 0 to 65535`)
  return port
}

/** The container's program for people: the API, and nothing that has to be remembered. */
export const run = async (): Promise<void> => {
  const environment = readServerEnvironment(process.env)
  const port = portOf(process.env['KUBEOPENCODE_PORT'])
  const log = jsonLog((line) => process.stdout.write(`${line}\n`), environment.logLevel)
  const ending = createEnding(log)
  const endpoint = await anonymousEndpoint(log)
  const connection = connect(endpoint, apiManager)
  const { key, isShared } = sessionKey()
  const { basePath, hosts, oidc } = environment
  const { registry, onAnswer } = createServerMetrics()
  let isReady = false
  await serveProbes(() => (isReady ? undefined : 'the API is not served yet'))
  await serveMetrics(registry)
  const listening = await startServer({
    apiserverOf: asCaller(connection),
    access: {
      mode: 'token',
      seal: await createSeal(key),
      oidc: oidc && createOidc({ ...oidc, fetch: providerFetch(oidcAuthority()) }),
    },
    clock,
    log,
    terminal: createTerminal(openExec(endpoint), log),
    dashboard: readDashboard(),
    port,
    basePath,
    onAnswer,
    ...(hosts && { hosts }),
  })
  isReady = true
  ending.closing(async () => {
    isReady = false
    listening.drain()
    // Endpoints are taken out of the Service a moment after the Pod is told to end.
    await clock.sleep(2000)
    await listening.close()
  })
  log.info('ready', {
    port: listening.port,
    server: connection.server,
    sessions: isShared ? 'shared' : 'of this process',
  })
}
