/**
 * The API beside the apiserver it asks, in one run: requests of a caller with a token, and a change on its way to 200 open
 * watches. `npm run bench:api -- [seconds] [streams]` prints medians, tails and memory.
 */
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asCaller } from '../../infra/cluster/as-caller.ts'
import { identify } from '../../infra/cluster/identity.ts'
import { connect } from '../../infra/cluster/undici.ts'
import { createCluster, sender } from '../../infra/cluster/rest.ts'
import { startCluster } from '../../infra/local/cluster.ts'
import { installKinds } from '../../infra/node/install-dev.ts'
import { pathOf } from '../../shared/kubernetes.ts'
import { installRoles, person } from '../apiserver/people.ts'
import { eventsIn } from '../builders/events.ts'
import { startSpeaker } from './log-line.ts'
import { percentile } from './numbers.ts'

const seconds = Number(process.argv[2] ?? 5)
const streams = Number(process.argv[3] ?? 200)
const objects = 1_000
const inFlight = 16
const changes = 50
const lines = 200

const dir = mkdtempSync(join(tmpdir(), 'kubeopencode-bench-api-'))
const local = await startCluster({ dir, node: false, tmpfs: true, name: 'bench-api' })
const identity = await identify({ kubeconfig: local.kubeconfig })
const send = sender(connect(identity, 'bench'))
const child = fork(join(import.meta.dirname, 'api-server.ts'), [local.kubeconfig])
const told = <T>(): Promise<T> => new Promise((resolve) => child.once('message', (message) => resolve(message as T)))
const residentMb = async (): Promise<number> => {
  const answer = told<{ residentMb: number }>()
  child.send('memory')
  return (await answer).residentMb
}

type Ask = () => Promise<Response>

/** As many as there is time for, some at once; gives the milliseconds of each. */
const load = async (ask: Ask): Promise<{ perSecond: number; milliseconds: number[] }> => {
  const milliseconds: number[] = []
  const started = performance.now()
  const worker = async (): Promise<void> => {
    while (performance.now() - started < seconds * 1000) {
      const at = performance.now()
      const response = await ask()
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
      await response.arrayBuffer()
      milliseconds.push(performance.now() - at)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  return { perSecond: milliseconds.length / ((performance.now() - started) / 1000), milliseconds }
}

const line = (name: string, milliseconds: readonly number[], more = ''): void =>
  console.log(
    `${name.padEnd(44)} p50 ${percentile(milliseconds, 50).toFixed(1)} ms  p99 ${percentile(milliseconds, 99).toFixed(1)} ms${more}`,
  )

const task = (name: string) => ({
  apiVersion: 'kubeopencode.io/v1alpha1',
  kind: 'Task',
  metadata: { name },
  spec: { description: 'Run the tests, and repair what fails.', agentRef: { name: 'coder' } },
})

try {
  const { port } = await told<{ port: number }>()
  const atStart = await residentMb()
  await installKinds(createCluster(connect(identity, 'bench')))
  await send('POST', '/api/v1/namespaces', {
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } },
  })
  await installRoles(send)
  const token = await person(send, 'team', 'ada', 'kubeopencode-user')
  const tasks = pathOf('Task', 'team')
  for (let made = 0; made < objects; made += 50)
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => send('POST', tasks, { body: task(`task-${made + index}`) })),
    )

  const headers = { authorization: `Bearer ${token}` }
  const url = `http://127.0.0.1:${port}/api/v1/namespaces/team/tasks`
  const direct = asCaller(connect(await identify({ kubeconfig: local.kubeconfig, asNobody: true }), 'bench'))({
    kind: 'token',
    token,
  })
  const arms: Readonly<Record<string, readonly [string, Ask]>> = {
    'apiserver, get': ['get', () => direct({ path: `${tasks}/task-1` })],
    'API, get': ['get', () => fetch(`${url}/task-1`, { headers })],
    'apiserver, list of 100': ['list', () => direct({ path: `${tasks}?limit=100` })],
    'API, list of 100': ['list', () => fetch(`${url}?limit=100`, { headers })],
    'API, newest 20 of 1,000': ['list', () => fetch(`${url}?limit=20&sortOrder=desc`, { headers })],
  }
  console.log(`${objects} Tasks, ${inFlight} requests in flight, ${seconds} s each`)
  for (const [name, [, ask]] of Object.entries(arms)) {
    await ask().then((response) => response.arrayBuffer())
    const { perSecond, milliseconds } = await load(ask)
    line(name, milliseconds, `  ${perSecond.toFixed(0)}/s`)
  }
  const loaded = await residentMb()

  const { metadata } = (await (await fetch(`${url}?limit=1`, { headers })).json()) as {
    metadata: { resourceVersion: string }
  }
  const seenAt = new Map<string, number[]>()
  const readers = await Promise.all(
    Array.from({ length: streams }, async () => {
      const response = await fetch(`${url}?watch=1&resourceVersion=${metadata.resourceVersion}`, { headers })
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
      return eventsIn(response)
    }),
  )
  const reading = readers.map(async ({ next }) => {
    for (let seen = 0; seen < changes;) {
      const event = await next()
      if (!event) throw new Error('a watch ended')
      if (event.event !== 'ADDED') continue
      const { name } = event.data['metadata'] as { name: string }
      seenAt.set(name, [...(seenAt.get(name) ?? []), performance.now()])
      seen += 1
    }
  })
  const sentAt = new Map<string, number>()
  for (let index = 0; index < changes; index += 1) {
    const name = `change-${index}`
    sentAt.set(name, performance.now())
    await send('POST', tasks, { body: task(name) })
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await Promise.all(reading)
  const first = [...seenAt].map(([name, times]) => Math.min(...times) - (sentAt.get(name) ?? 0))
  const last = [...seenAt].map(([name, times]) => Math.max(...times) - (sentAt.get(name) ?? 0))
  line(`create sent → first of ${streams} watches`, first)
  line(`create sent → last of ${streams} watches`, last)
  const open = await residentMb()
  await Promise.all(readers.map(({ close }) => close()))

  const speaker = await startSpeaker(send, dir, 'team', 'speaks')
  const log = eventsIn(await fetch(`${url}/speaks/logs?follow=1`, { headers }))
  const heardAt = new Map<string, number>()
  const hearing = (async () => {
    for (let event = await log.next(); event; event = await log.next())
      if (event.event === 'log') heardAt.set(String(event.data['line']), performance.now())
  })()
  while (heardAt.size < 2) await speaker.speak(1)
  const writtenAt = await speaker.speak(lines)
  await new Promise((resolve) => setTimeout(resolve, 500))
  await log.close()
  await hearing
  await speaker.close()
  line(
    `line of a container → client (${lines} lines)`,
    [...writtenAt].map(([text, at]) => (heardAt.get(text) ?? Number.POSITIVE_INFINITY) - at),
  )
  console.log(
    `memory of the API's process: ${atStart.toFixed(0)} MB at start, ${loaded.toFixed(0)} MB after the lists, ${open.toFixed(0)} MB with ${streams} watches open`,
  )
} finally {
  child.kill()
  await local.stop()
  rmSync(dir, { recursive: true, force: true })
}
