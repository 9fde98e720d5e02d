import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { createConnection } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { cloudEventOf } from '../../infra/bus/cloud-event.ts'
import { issue } from '../../infra/certificates/issue.ts'
import { ports } from '../../infra/generate/installation.ts'
import { functionVariables, sdkVariables } from '../builders/lambda-variables.ts'
import { playParameters } from '../builders/parameters.ts'
import { taskReview } from '../builders/task-review.ts'
import { call } from '../runtimes/call.ts'
import { functionUrlEvent } from '../runtimes/function-url.ts'
import { playApiserver } from '../runtimes/public.ts'
import { startWorkerd, workerdPids } from '../runtimes/workerd.ts'
import { spawnContainer } from './container.ts'
import type budgets from './size-budgets.json'

/** What one start of a program took, in a process of its own. */
export interface Start {
  /** To read the program. */
  readonly importMs?: number
  /** From its start to its first answer: to a review, or to a message of the queue. */
  readonly firstMs: number
  /** Resident memory after that. */
  readonly rss: number
}

const review = taskReview()
const secret = 'ab'.repeat(32)
const patienceMs = 30_000
const run = promisify(execFile)

const lastLine = (text: string): unknown => JSON.parse(text.trim().split('\n').at(-1) ?? '')

const residentBytes = (pid: number): number => {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}

const imported = `
const before = performance.now()
process.on('exit', () => console.log(performance.now() - before))
await import(process.argv[1])
process.exit(0)`

/** Says how it is used and ends, so that nothing but reading it is measured. */
const importOf = async (file: string): Promise<number> => {
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', imported, file, '--help'], { env: {} })
  return Number(lastLine(stdout))
}

const called = `
const before = performance.now()
const program = await import(process.argv[1])
const importMs = performance.now() - before
const answer = await program[process.argv[2]](JSON.parse(process.argv[3]))
const firstMs = performance.now() - before
console.log(JSON.stringify({ answer, start: { importMs, firstMs, rss: process.memoryUsage.rss() } }))
process.exit(0)`

/** A Lambda function, called with `event`; what it answers has to be `good`. */
const lambdaStart = async (file: string, name: string, event: unknown, good: object): Promise<Start> => {
  const [apiserver, parameters] = await Promise.all([playApiserver(), playParameters(secret)])
  try {
    const { stdout } = await run(
      process.execPath,
      ['--input-type=module', '-e', called, file, name, JSON.stringify(event)],
      {
        env: {
          ...sdkVariables(parameters.url),
          ...functionVariables({ aws: parameters.url, apiserver: apiserver.url }),
        },
      },
    )
    const { answer, start } = lastLine(stdout) as { readonly answer: object; readonly start: Start }
    for (const [field, value] of Object.entries(good))
      if (JSON.stringify(answer[field as keyof object]) !== JSON.stringify(value))
        throw new Error(`${name} answered ${JSON.stringify(answer)}`)
    return start
  } finally {
    parameters.close()
    await apiserver.close()
  }
}

const webhooksStart = async (file: string): Promise<Start> => {
  const url = `https://x.lambda-url.eu-central-1.on.aws/${secret}/validate/tasks`
  const headers = { 'content-type': 'application/json' }
  const event = await functionUrlEvent(new Request(url, { method: 'POST', headers, body: review }))
  return lambdaStart(file, 'webhooks', event, { statusCode: 200 })
}

const functionsStart = (file: string): Promise<Start> => {
  const key = { kind: 'Task', namespace: 'team', name: 'gone' } as const
  const body = JSON.stringify(cloudEventOf({ key }, { id: '1', source: 'https://a/', now: new Date() }))
  const record = { messageId: 'm1', receiptHandle: 'r1', body, attributes: { ApproximateReceiveCount: '1' } }
  return lambdaStart(file, 'reconcile', { Records: [record] }, { batchItemFailures: [] })
}

/** Somebody listens there, whoever it is: a certificate is not asked for, as another program's would not do. */
const isTaken = async (port: number): Promise<boolean> => {
  const socket = createConnection({ host: '127.0.0.1', port })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** A review at the container's webhooks; undefined while nobody answers. */
const ask = (ca: string): Promise<number | undefined> =>
  new Promise((resolve) => {
    const asking = request(
      {
        host: '127.0.0.1',
        port: ports.webhooks,
        path: '/validate/tasks',
        method: 'POST',
        ca,
        agent: false,
        headers: { 'content-type': 'application/json' },
      },
      (response) => {
        response.resume()
        resolve(response.statusCode)
      },
    )
    asking.once('error', () => resolve(undefined))
    asking.end(review)
  })

/** Its apiserver is away, so that nothing but the program itself is waited for. */
const containerStart = async (file: string): Promise<Start> => {
  if (await isTaken(ports.webhooks)) throw new Error(`port ${ports.webhooks} is taken; end what listens there`)
  const importMs = await importOf(file)
  const { serving, authority } = await issue({ names: ['127.0.0.1'], now: new Date() })
  const account = { server: 'https://127.0.0.1:1', ca: authority.certificate, token: 'a-token', namespace: 'system' }
  const began = performance.now()
  const { child, end } = spawnContainer(file, account, serving)
  try {
    for (;;) {
      const status = await ask(authority.certificate)
      const firstMs = performance.now() - began
      if (status === 200 && child.pid !== undefined) return { importMs, firstMs, rss: residentBytes(child.pid) }
      if (status !== undefined) throw new Error(`the container answered ${status}`)
      if (child.exitCode !== null) throw new Error(`the container ended with ${child.exitCode}`)
      if (firstMs > patienceMs) throw new Error(`the container did not answer in ${patienceMs} ms`)
      await sleep(2)
    }
  } finally {
    await end('SIGKILL')
  }
}

const workerStart = async (file: string): Promise<Start> => {
  const { Miniflare } = await import('miniflare')
  const apiserver = await playApiserver()
  const began = performance.now()
  const workerd = await startWorkerd({
    Miniflare,
    file,
    bindings: { APISERVER: apiserver.url, APISERVER_TOKEN: 'token-of-the-functions', WEBHOOK_SECRET: secret },
  })
  try {
    const { status } = await call(workerd.url, { path: `/${secret}/validate/tasks`, body: review })
    const firstMs = performance.now() - began
    if (status !== 200) throw new Error(`the Worker answered ${status}`)
    return { firstMs, rss: workerdPids().reduce((sum, pid) => sum + residentBytes(pid), 0) }
  } finally {
    await workerd.close()
    await apiserver.close()
  }
}

const startsOf: Readonly<Record<keyof typeof budgets, (file: string) => Promise<Start>>> = {
  kubeopencode: containerStart,
  'lambda-webhooks': webhooksStart,
  'lambda-functions': functionsStart,
  workers: workerStart,
}

/** Starts a target, from the file that it was bundled to, and ends it. */
export const startOf = (name: keyof typeof budgets, file: string): Promise<Start> => startsOf[name](file)
