/** Main of the demo image: `mock-model` or `git-server`, configured by PORT and GIT_ROOT. */
import { serve } from '@hono/node-server'
import { readFileSync } from 'node:fs'
import { startGitServer } from './git-server.ts'
import { createMockModel } from './mock-model.ts'
import { startOutsideWorld, type World } from './outside-world.ts'
import { startSshServer } from './ssh-server.ts'

const [service] = process.argv.slice(2)
const hostname = process.env['HOST'] ?? '0.0.0.0'
const port = Number(process.env['PORT'] ?? 8080)

const world = (): World => JSON.parse(readFileSync(process.env['WORLD_FILE'] ?? '/world/world.json', 'utf8')) as World

const stopOnSignal = (close: () => void): void => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      close()
      process.exit(0)
    })
}

if (service === 'mock-model') {
  const app = createMockModel({
    wordDelayMs: Number(process.env['WORD_DELAY_MS'] ?? 0),
    onMove: (move, talk) =>
      console.log(
        JSON.stringify({
          move: move.type,
          ...(move.type === 'call' && { tool: move.call.tool }),
          ...(move.type === 'fail' && { status: move.status }),
          promptCharacters: talk.prompt.length,
          toolResults: talk.results.length,
        }),
      ),
  })
  const server = serve({ fetch: app.fetch, hostname, port }, (info) => console.log(`mock model on port ${info.port}`))
  stopOnSignal(() => server.close())
} else if (service === 'git-server') {
  const server = await startGitServer({ root: process.env['GIT_ROOT'] ?? '/tmp/git', hostname, port })
  console.log(`git server on port ${server.port}`)
  stopOnSignal(() => void server.close())
} else if (service === 'outside-world') {
  await startOutsideWorld({
    root: process.env['GIT_ROOT'] ?? '/tmp/git',
    world: world(),
    tls: {
      key: readFileSync(process.env['TLS_KEY_FILE'] ?? '/tls/tls.key', 'utf8'),
      cert: readFileSync(process.env['TLS_CERT_FILE'] ?? '/tls/tls.crt', 'utf8'),
    },
    port,
  })
  console.log(`the outside world on port ${port}`)
} else if (service === 'ssh-server') {
  const { seeds } = world()
  await startSshServer({
    keys: process.env['KEYS_FOLDER'] ?? '/keys',
    root: process.env['GIT_ROOT'] ?? '/tmp/git',
    seeds,
    port,
  })
} else {
  console.error(
    'usage: demo-services mock-model|git-server|outside-world|ssh-server   (environment: HOST, PORT, GIT_ROOT, WORD_DELAY_MS, WORLD_FILE, TLS_KEY_FILE, TLS_CERT_FILE, KEYS_FOLDER)',
  )
  process.exit(2)
}
