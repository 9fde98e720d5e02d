import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { cacheFolder } from '../../infra/local/binaries.ts'
import { goEnvironment } from '../../infra/local/build.ts'
import { withLock } from '../../infra/local/lock.ts'
import { freePort } from '../../infra/local/ports.ts'
import { run } from '../../infra/local/run.ts'

const source = join(import.meta.dirname, 'receiver')

/** As go.mod pins it, so that another version is another program. */
const version = /otlpreceiver (v\S+)/.exec(readFileSync(join(source, 'go.mod'), 'utf8'))?.[1] ?? 'unknown'

const build = async (folder: string): Promise<void> => {
  const unfinished = mkdtempSync(join(folder, 'unfinished-'))
  try {
    const file = join(unfinished, 'receiver')
    const flags = ['-trimpath', '-ldflags', '-s -w']
    await run('nice', ['-n', '10', 'go', 'build', ...flags, '-o', file, '.'], { cwd: source, env: goEnvironment })
    renameSync(file, join(folder, 'receiver'))
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}

/** The program's path; it is built where it is missing, which takes two cores less than a minute. */
const ensureReceiver = async (): Promise<string> => {
  const folder = join(cacheFolder(), 'bin', `otlp-receiver-${version}`)
  const file = join(folder, 'receiver')
  mkdirSync(folder, { recursive: true })
  await withLock(
    join(folder, 'lock'),
    async () => (existsSync(file) ? undefined : build(folder)),
    () => {},
  )
  return file
}

/** A span as the collector understood it. */
export interface Understood {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  /** Absent where there is none. */
  readonly attributes?: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[]
  readonly status: { readonly code?: number; readonly message?: string }
}

export interface TraceRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly object[] }
    readonly scopeSpans: readonly { readonly scope: object; readonly spans: readonly Understood[] }[]
  }[]
}

/** Each span with that of which it is part. */
export const treeOf = (spans: readonly Understood[]): string[] =>
  spans
    .map(({ name, parentSpanId }) => {
      const parent = spans.find(({ spanId }) => spanId === parentSpanId)?.name
      return `${name} < ${parent ?? (parentSpanId || 'nobody')}`
    })
    .toSorted()

export interface Collector {
  readonly endpoint: string
  /** What it understood of each request so far. */
  readonly requests: readonly TraceRequest[]
  readonly spans: () => readonly Understood[]
  readonly close: () => Promise<void>
}

/** The OTLP receiver of the OpenTelemetry collector, in a process of its own, at an address of this machine. */
export const startCollector = async (host = '127.0.0.1'): Promise<Collector> => {
  const address = `${host}:${await freePort(host)}`
  const child = spawn(await ensureReceiver(), [address], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const requests: TraceRequest[] = []
  const lines = createInterface({ input: child.stdout })
  const listening = new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      if (line === 'listening') resolve()
      else requests.push(JSON.parse(line) as TraceRequest)
    })
    lines.on('close', () => reject(new Error('the collector ended before it listened')))
  })
  await listening
  return {
    endpoint: `http://${address}`,
    requests,
    spans: () =>
      requests.flatMap(({ resourceSpans }) =>
        resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
      ),
    close: async () => {
      child.kill('SIGTERM')
      await exited
    },
  }
}
