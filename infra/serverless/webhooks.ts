import type { Hono } from 'hono'
import { createApp } from '../../webhooks/app.ts'
import { hooks } from '../../webhooks/table.ts'
import { behindSecret } from './behind-secret.ts'
import type { World } from './world.ts'

/** The app of the webhooks, as a world has it. */
export const webhooksOf = ({ deps }: World): Hono =>
  createApp(hooks, { bus: deps.bus, log: deps.log, reader: deps.cluster })

/**
 * The webhooks at a public address, for who knows the secret: the apiserver knows it from the webhook configurations,
 * which administrators alone may read.
 */
export const publicWebhooks = (secret: string, webhooks: () => Hono | Promise<Hono>): Hono =>
  behindSecret('WEBHOOK_SECRET', secret, async (request) => (await webhooks()).fetch(request))
