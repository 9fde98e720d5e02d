import type { Hono } from 'hono'
import type { Deps } from '../../shared/reconcile.ts'
import { createApp } from '../../webhooks/app.ts'
import { hooks } from '../../webhooks/table.ts'
import type { Patience } from '../cluster/impatient.ts'
import { impatient } from '../cluster/impatient.ts'
import type { Outage } from '../outage.ts'
import type { IsSecret } from './behind-secret.ts'
import { behindSecret } from './behind-secret.ts'

/** What the webhooks need: no function, and no queue. */
export interface WebhookWorld {
  readonly deps: Pick<Deps, 'bus' | 'log' | 'cluster' | 'clock' | 'traces'>
  readonly outage: Outage
}

/** The app of the webhooks, as a world has it; `patience` outlives it where a world does not outlive a call. */
export const webhooksOf = ({ deps, outage }: WebhookWorld, patience: Patience = {}): Hono => {
  const { bus, log, cluster, clock, traces } = deps
  const reader = impatient(cluster, () => clock.now().getTime(), { patience, outage })
  return createApp(hooks, { bus, log, reader, ...(traces && { tracing: { traces, clock } }) })
}

/**
 * The webhooks at a public address, for who knows the secret. The apiserver knows it from the webhook configurations, and
 * tells it, with the whole address, to whoever makes a request that it cannot have judged: it keeps strangers away, and
 * nothing that a caller says is believed beyond that.
 */
export const publicWebhooks = (isSecret: IsSecret, webhooks: () => Hono | Promise<Hono>): Hono =>
  behindSecret(isSecret, async (request) => (await webhooks()).fetch(request))
