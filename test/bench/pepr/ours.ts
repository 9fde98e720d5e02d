/** Our webhooks for a Task alone, in a process of their own. They ask no other object, as Pepr's module does not. */
import { readFileSync } from 'node:fs'
import { jsonLog } from '../../../infra/log.ts'
import { serveHttps } from '../../../infra/node/serve.ts'
import { createApp } from '../../../webhooks/app.ts'
import { taskHooks } from './hooks.ts'

const read = (variable: string): string => readFileSync(process.env[variable] ?? '', 'utf8')

const log = jsonLog((line) => process.stdout.write(`${line}\n`), 'info')
const app = createApp(taskHooks, { bus: { publish: async () => {} }, log })
await serveHttps({
  fetch: app.fetch,
  certificates: { certificate: read('SSL_CERT_PATH'), key: read('SSL_KEY_PATH') },
  port: Number(process.env['PORT']),
  hostname: '127.0.0.1',
})
