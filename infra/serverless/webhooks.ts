import type { Hono } from 'hono'
import type { Deps } from '../../shared/reconcile.ts'
import { createApp } from '../../webhooks/app.ts'
import { hooks } from '../../webhooks/table.ts'
import { impatient } from '../cluster/impatient.ts'
import { behindSecret } from './behind-secret.ts'

/** What the webhooks need: no function, and no queue. */
export type WebhookWorld = { readonly deps: Pick<Deps, 'bus' | 'log' | 'cluster' | 'clock'> }

/** The app of the webhooks, as a world has it. */
export const webhooksOf = ({ deps: { bus, log, cluster, clock } }: WebhookWorld): Hono =>
  createApp(hooks, { bus, log, reader: impatient(cluster, () => clock.now().getTime()) })

/**
 * The webhooks at a public address, for who knows the secret: the apiserver knows it from the webhook configurations,
 * which administrators alone may read.
 */
export const publicWebhooks = (secret: string, webhooks: () => Hono | Promise<Hono>): Hono =>
  behindSecret(secret, async (request) => (await webhooks()).fetch(request))
