import { RetryableError, sentenceOf } from '../../shared/errors.ts'
import type { Objects, Ref } from '../../shared/kubernetes.ts'
import { resources } from '../../shared/kubernetes.ts'
import { isSame } from '../../shared/merge-patch.ts'
import type { Clock, Cluster, Log } from '../../shared/ports.ts'
import type { Pair } from './issue.ts'
import type { Stored } from './held.ts'
import { WEBHOOK_SECRET } from '../generate/installation.ts'
import { nextCertificates, trustedBundle } from './next.ts'

type ConfigurationKind = 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration'

export interface KeeperOptions {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly namespace: string
  /** DNS names and addresses the apiserver calls. */
  readonly names: readonly string[]
  /** Where the authority is written to, so that the apiserver trusts what is served. */
  readonly configurations: readonly Ref<ConfigurationKind>[]
  /** Told when one of them is given another authority: what was written before that, nobody may have heard of. */
  readonly onMended?: () => void
}

/** Gives what to serve with now. Any number of copies may ask at once; all get the same. */
export type Keep = () => Promise<Pair>

const files = ['ca.crt', 'ca.key', 'tls.crt', 'tls.key'] as const

const encoded = (stored: Stored): Record<string, string> =>
  Object.fromEntries(files.map((file) => [file, btoa(stored[file])]))

/** Empty where it cannot be read: that is made anew. */
const textOf = (base64 = ''): string => {
  try {
    return atob(base64)
  } catch {
    return ''
  }
}

const decoded = ({ data = {} }: Objects['Secret']): Partial<Stored> =>
  Object.fromEntries(files.map((file) => [file, textOf(data[file])]))

const isUsable = (stored: Partial<Stored>): stored is Stored => files.every((file) => (stored[file] ?? '') !== '')

/** More conflicts than this in one round are left to the next round. */
const attempts = 5

/**
 * Keeps the webhooks' certificates in one Secret and their authority in the webhook configurations. Each round takes at
 * most one step of a renewal, and only after the authorities known so far are trusted by the apiserver.
 */
export const createKeeper = (options: KeeperOptions): Keep => {
  const { cluster, clock, namespace, names, configurations, onMended = () => {} } = options
  const secret: Ref<'Secret'> = { kind: 'Secret', namespace, name: WEBHOOK_SECRET }

  const create = async (): Promise<void> => {
    const made = await nextCertificates({}, names, clock.now())
    if (!made) return
    // False means that another copy was faster; its certificates are read next.
    await cluster.create({
      apiVersion: resources.Secret.apiVersion,
      kind: 'Secret',
      metadata: { namespace, name: WEBHOOK_SECRET, labels: { 'app.kubernetes.io/managed-by': 'kubeopencode' } },
      type: 'kubernetes.io/tls',
      data: encoded(made),
    } as Objects['Secret'])
  }

  const trust = async (bundle: string): Promise<void> => {
    const now = clock.now()
    for (const ref of configurations) {
      const found = await cluster.get<ConfigurationKind>(ref)
      const webhooks = found?.webhooks ?? []
      const trusting = webhooks.map(({ clientConfig, ...webhook }) => ({
        ...webhook,
        clientConfig: { ...clientConfig, caBundle: btoa(trustedBundle(bundle, textOf(clientConfig.caBundle), now)) },
      }))
      if (isSame(webhooks, trusting)) continue
      await cluster.patch(ref, { webhooks: trusting }, found?.metadata?.resourceVersion ?? '')
      onMended()
    }
  }

  const round = async (): Promise<Pair | undefined> => {
    const found = await cluster.get(secret)
    if (!found) {
      await create()
      return undefined
    }
    const stored = decoded(found)
    const next = await nextCertificates(stored, names, clock.now())
    if (next) {
      if (next['ca.crt'] === stored['ca.crt']) await trust(next['ca.crt'])
      await cluster.patch(secret, { data: encoded(next) }, found.metadata?.resourceVersion ?? '')
      return undefined
    }
    if (!isUsable(stored)) return undefined
    await trust(stored['ca.crt'])
    return { certificate: stored['tls.crt'], key: stored['tls.key'] }
  }

  return async () => {
    let conflict: unknown
    for (let attempt = 0; attempt < attempts; attempt++) {
      try {
        const serving = await round()
        if (serving) return serving
      } catch (error) {
        // Another copy wrote at the same time: what it wrote is as good as ours.
        if (!(error instanceof RetryableError)) throw error
        conflict = error
        await clock.sleep(50 * (attempt + 1))
      }
    }
    const why = conflict === undefined ? '' : `: ${sentenceOf(conflict)}`
    throw new RetryableError(
      `Secret ${namespace}/${WEBHOOK_SECRET} could not be brought in order, and will be tried again${why}`,
      { cause: conflict },
    )
  }
}

export interface Renewal {
  readonly close: () => void
}

/** Asks `keep` every few minutes and hands what is new to `use`. A round that fails is logged; what is served stays. */
export const startRenewal = (options: {
  readonly keep: Keep
  readonly use: (serving: Pair) => void
  readonly log: Log
  /** What is served already. */
  readonly serving: Pair
  readonly everySeconds?: number
}): Renewal => {
  const { keep, use, log, everySeconds = 300 } = options
  let current = options.serving.certificate
  let isRunning = false
  const look = async (): Promise<void> => {
    if (isRunning) return
    isRunning = true
    try {
      const serving = await keep()
      if (serving.certificate === current) return
      use(serving)
      current = serving.certificate
      log.info('serving with a new certificate')
    } catch (error) {
      log.warn('the certificates could not be looked after', { error: sentenceOf(error) })
    } finally {
      isRunning = false
    }
  }
  const timer = setInterval(() => void look(), everySeconds * 1000)
  return { close: () => clearInterval(timer) }
}
