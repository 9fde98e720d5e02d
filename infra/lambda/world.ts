import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { fromEnv } from '@aws-sdk/credential-provider-env'
import type { Deps } from '../../shared/reconcile.ts'
import type { Connection } from '../cluster/rest.ts'
import type { EventBridgeOptions } from '../bus/event-bridge.ts'
import { createEventBridgeBus } from '../bus/event-bridge.ts'
import type { Endpoint } from '../cluster/endpoint.ts'
import { createCluster } from '../cluster/rest.ts'
import { connect } from '../cluster/undici.ts'
import { jsonLog } from '../log.ts'
import { createOutage } from '../outage.ts'
import { clock } from '../clock.ts'
import type { Environment } from '../node/environment.ts'
import { readEnvironment } from '../node/environment.ts'
import type { WebhookWorld } from '../serverless/webhooks.ts'
import { eksTokens } from './token.ts'

export type Variables = Readonly<Record<string, string | undefined>>

export const needed = (variables: Variables, name: string): string => {
  const value = variables[name]
  if (value === undefined || value === '') throw new Error(`${name} is not set; the stack in infra/lambda sets it`)
  return value
}

/** A function has its credentials in its environment; looking for others would cost time at each start. */
export const credentials = fromEnv()

/** Of the clients of AWS: an endpoint that is not there, as in a network without a way to it, is not waited for. */
export const patience = { maxAttempts: 1, requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000 } } as const

/** What each function needs: the way to the apiserver, a log, and what a bus is made of. */
export interface Surroundings extends Pick<Deps, 'cluster' | 'log' | 'clock'> {
  readonly environment: Environment
  readonly region: string
  readonly connection: Connection
  readonly bus: EventBridgeOptions
}

/**
 * From the variables that the stack sets: EKS_ENDPOINT, EKS_CA (base64 of PEM), EKS_CLUSTER, EVENT_BUS, and those of the
 * container. `token` is for a cluster that is not on EKS.
 */
export const surroundingsOf = (variables: Variables, token?: () => Promise<string>): Surroundings => {
  const environment = readEnvironment(variables)
  const region = needed(variables, 'AWS_REGION')
  const name = needed(variables, 'EKS_CLUSTER')
  const bearer = token ?? eksTokens({ cluster: name, region, credentials, now: () => clock.now() })
  const server = needed(variables, 'EKS_ENDPOINT')
  const ca = atob(needed(variables, 'EKS_CA'))
  const endpoint: Endpoint = {
    server: server.replace(/\/$/, ''),
    credentials: async () => ({ ca, headers: { authorization: `Bearer ${await bearer()}` } }),
  }
  const connection = connect(endpoint, 'kubeopencode')
  return {
    environment,
    region,
    connection,
    cluster: createCluster(connection),
    clock,
    // Not console, before whose lines the runtime puts words of its own, so that they are no JSON.
    log: jsonLog((line) => process.stdout.write(`${line}\n`), environment.logLevel),
    bus: {
      events: new EventBridgeClient({ region, credentials, ...patience }),
      busName: needed(variables, 'EVENT_BUS'),
      source: `${server}/`,
      clock,
    },
  }
}

export const createWebhookWorld = (variables: Variables, token?: () => Promise<string>): WebhookWorld => {
  const { bus, ...deps } = surroundingsOf(variables, token)
  const { log } = deps
  return {
    deps: { ...deps, bus: createEventBridgeBus(bus) },
    outage: createOutage(log, () => deps.clock.now().getTime()),
  }
}
