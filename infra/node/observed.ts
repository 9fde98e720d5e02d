import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import type { Registry } from 'prom-client'
import { ports, probes } from '../generate/installation.ts'

const serve = (app: Hono, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const server = createAdaptorServer({ fetch: app.fetch })
    server.once('error', reject)
    server.listen(port, () => resolve())
  })

/** What the kubelet asks. `notReady` says why the program is not ready yet; undefined once it is. */
export const serveProbes = (notReady: () => string | undefined): Promise<void> =>
  serve(
    new Hono()
      .get(probes.live, (c) => c.text('ok'))
      .get(probes.ready, (c) => {
        const why = notReady()
        return why === undefined ? c.text('ok') : c.text(why, 503)
      }),
    ports.probes,
  )

/** What Prometheus asks. */
export const serveMetrics = (registry: Registry): Promise<void> =>
  serve(
    new Hono().get('/metrics', async (c) =>
      c.body(await registry.metrics(), 200, { 'content-type': registry.contentType }),
    ),
    ports.metrics,
  )
