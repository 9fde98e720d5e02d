import { randomBytes } from 'node:crypto'
import { issue } from '../../infra/certificates/issue.ts'
import type { QueueWorld } from '../../infra/lambda/reconcile.ts'
import { reconcileHandler } from '../../infra/lambda/reconcile.ts'
import { scheduleHandler } from '../../infra/lambda/schedule.ts'
import { webhookHandler } from '../../infra/lambda/webhooks.ts'
import { createWorld } from '../../infra/lambda/functions.ts'
import { createWebhookWorld } from '../../infra/lambda/world.ts'
import { isOneOf } from '../../infra/serverless/behind-secret.ts'
import { installKinds, registerWebhooks, unregisterWebhooks } from '../../infra/node/install-dev.ts'
import { serveHttps } from '../../infra/node/serve.ts'
import type { Cluster } from '../../shared/ports.ts'
import { functionVariables, sdkVariables } from '../builders/lambda-variables.ts'
import type { Rig } from '../bench/rig.ts'
import { functionsAccount, functionsAccountUser, webhooksAccount } from './account.ts'
import { startAws } from './aws.ts'
import { functionUrl } from './function-url.ts'
import type { Target } from './target.ts'

/** A cluster whose next write waits, once it is told so, until it is let go. */
const stallable = (cluster: Cluster) => {
  let isArmed = false
  let isHeld = false
  let gate = Promise.resolve()
  let open = (): void => {}
  const held = async <T>(write: () => Promise<T>): Promise<T> => {
    if (isArmed) {
      isHeld = true
      await gate
    }
    return write()
  }
  const stalling: Cluster = {
    ...cluster,
    create: (...args) => held(() => cluster.create(...args)),
    apply: (...args) => held(() => cluster.apply(...args)),
    patch: (...args) => held(() => cluster.patch(...args)),
    patchStatus: (...args) => held(() => cluster.patchStatus(...args)),
    remove: (...args) => held(() => cluster.remove(...args)),
  }
  return {
    cluster: stalling,
    isHeld: () => isHeld,
    stall: () => {
      isArmed = true
      gate = new Promise((resolve) => (open = resolve))
    },
    letGo: () => {
      isArmed = isHeld = false
      open()
    },
  }
}

/** The functions as AWS runs them: real SDK and handlers; bus, queue, schedule and function URL are played on loopback. */
export const startLambda = async (rig: Rig): Promise<Target> => {
  await installKinds(rig.functions)
  const token = await functionsAccount(rig)
  let world: QueueWorld | undefined
  const instance = async (): Promise<QueueWorld> => (world ??= createWorld(variables, async () => token))
  // One instance that is frozen before a write, and then called no more, while others go on.
  let stall: ReturnType<typeof stallable> | undefined
  let isFreezing = false
  const [others, frozen] = [
    reconcileHandler(instance),
    reconcileHandler(async () => {
      const { deps, ...rest } = await instance()
      stall ??= stallable(deps.cluster)
      if (isFreezing && !stall.isHeld()) stall.stall()
      return { ...rest, deps: { ...deps, cluster: stall.cluster } }
    }),
  ]
  const aws = await startAws((event) => (isFreezing && !stall?.isHeld() ? frozen(event) : others(event)))
  // Read by the SDK itself.
  Object.assign(process.env, sdkVariables(aws.url))
  const variables = {
    ...functionVariables({ aws: aws.url, apiserver: rig.url, ca: rig.ca }),
    KUBEOPENCODE_LOG_LEVEL: 'error',
  }
  const secret = randomBytes(32).toString('hex')
  const webhooksToken = await webhooksAccount(rig)
  const judging = createWebhookWorld(variables, async () => webhooksToken)
  const url = functionUrl(webhookHandler(async () => judging, isOneOf(secret)))
  let judged = 0
  const certificates = await issue({ names: ['127.0.0.1'], now: new Date() })
  const served = await serveHttps({
    certificates: certificates.serving,
    port: 0,
    hostname: '127.0.0.1',
    fetch: async (request) => {
      judged += 1
      return url(request)
    },
  })
  await registerWebhooks(
    rig.functions,
    `https://127.0.0.1:${served.port}/${secret}`,
    certificates.authority.certificate,
  )
  const schedule = scheduleHandler(instance)
  let isScheduled = true
  const every = (milliseconds: number, name: 'tick' | 'sweep') =>
    setInterval(() => {
      if (isScheduled) void schedule({ schedule: name }).catch(() => {})
    }, milliseconds)
  const timers = [every(3_000, 'tick'), every(5_000, 'sweep')]
  return {
    user: functionsAccountUser,
    misbehave: async (faults) => aws.misbehave(faults),
    events: async () => aws.events(),
    invocations: async () => ({ webhooks: judged, queue: aws.invocations() }),
    schedule: async (isOn) => void (isScheduled = isOn),
    freeze: async () => void (isFreezing = true),
    thaw: async () => {
      if (!stall?.isHeld()) throw new Error('nothing was frozen: no call came to a write')
      isFreezing = false
      stall.letGo()
    },
    dead: async () => aws.dead().length,
    close: async () => {
      for (const timer of timers) clearInterval(timer)
      await unregisterWebhooks(rig.functions)
      await served.close()
      await aws.close()
    },
  }
}
