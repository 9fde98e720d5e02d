import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../../infra/build/bundle.ts'
import { createWorld } from '../../infra/lambda/functions.ts'
import { reconcileHandler } from '../../infra/lambda/reconcile.ts'
import { webhookHandler } from '../../infra/lambda/webhooks.ts'
import { createWebhookWorld } from '../../infra/lambda/world.ts'
import { listen } from '../../infra/node/listen.ts'
import { isOneOf } from '../../infra/serverless/behind-secret.ts'
import { functionVariables, sdkVariables } from '../builders/lambda-variables.ts'
import { startAws } from './aws.ts'
import { functionUrl } from './function-url.ts'
import { startWorkerd } from './workerd.ts'

/** A runtime's public address, which anybody may call. */
export interface PublicTarget {
  readonly url: string
  /** First part of each path. */
  readonly secret: string
  /** How many hints were published. */
  readonly hints: () => Promise<number>
  readonly close: () => Promise<void>
}

export interface PlayedApiserver {
  readonly url: string
  /** Method and path of every request. */
  readonly asked: string[]
  readonly close: () => Promise<void>
}

/** An apiserver that has no object at all, and remembers what it was asked. */
export const playApiserver = async (): Promise<PlayedApiserver> => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.writeHead(404, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ kind: 'Status', reason: 'NotFound', message: 'not found' }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

const newSecret = (): string => randomBytes(32).toString('hex')

/** The handlers behind a function URL; what they publish is delivered. */
export const startPublicLambda = async (apiserver: string): Promise<PublicTarget> => {
  const token = async () => 'token-of-the-functions'
  let deliver: ReturnType<typeof reconcileHandler> | undefined
  const aws = await startAws(async (event) => (await deliver?.(event)) ?? { batchItemFailures: [] })
  // Read by the SDK itself.
  Object.assign(process.env, sdkVariables(aws.url))
  const variables = {
    ...functionVariables({ aws: aws.url, apiserver }),
    KUBEOPENCODE_LOG_LEVEL: 'error',
  }
  const [world, judging] = [createWorld(variables, token), createWebhookWorld(variables, token)]
  deliver = reconcileHandler(async () => world)
  const secret = newSecret()
  const served = await listen({
    fetch: functionUrl(webhookHandler(async () => judging, isOneOf(secret))),
    port: 0,
    hostname: '127.0.0.1',
    mostConnections: 100,
    createServer,
    serverOptions: {},
  })
  return {
    url: `http://127.0.0.1:${served.port}/`,
    secret,
    hints: async () => aws.events(),
    close: async () => {
      await served.close(0)
      await aws.close()
    },
  }
}

/** The Worker in workerd; what it publishes is delivered. */
export const startPublicWorker = async (apiserver: string): Promise<PublicTarget> => {
  const { Miniflare } = await import('miniflare')
  const secret = newSecret()
  // Not where another test file writes the same bundle at the same time.
  const folder = mkdtempSync(join(tmpdir(), 'koc-public-'))
  const [file = ''] = await bundle(['workers'], folder)
  const workerd = await startWorkerd({
    Miniflare,
    file,
    bindings: {
      APISERVER: apiserver,
      APISERVER_TOKEN: 'token-of-the-functions',
      WEBHOOK_SECRET: secret,
      KUBEOPENCODE_LOG_LEVEL: 'error',
    },
  })
  return {
    url: workerd.url,
    secret,
    hints: async () => (await workerd.told()).events,
    close: async () => {
      await workerd.close()
      rmSync(folder, { recursive: true })
    },
  }
}
