/** `BUN_BE_BUN=1 /tools/opencode /tools/run.js run …`: the program of a Task's Pod. It runs on Bun and on Node. */
import { existsSync, writeFileSync } from 'node:fs'
import { serveAsking } from './asking.ts'
import { readOptions, usage, UsageError, type RunOptions } from './options.ts'
import { connectServer } from './server.ts'
import { startLocalServer } from './standalone.ts'
import { formatRunSummary, type RunSummary } from './summary.ts'
import { work } from './work.ts'

const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const readStdin = async (): Promise<string> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array)
  return Buffer.concat(chunks).toString('utf8')
}

const leaveSummary = (path: string, summary: RunSummary): void => {
  // The kubelet makes the file; outside a Pod it is not there, and nobody misses it.
  if (path === '/dev/termination-log' && !existsSync(path)) return
  try {
    writeFileSync(path, formatRunSummary(summary))
  } catch (error) {
    print(`! the summary could not be written to ${path}: ${String(error)}`)
  }
}

const lastLine = ({ session, error }: RunSummary): string => {
  if (error !== undefined) return `failed: ${error}`
  if (!session) return 'done'
  const { tokenUsage, cost, filesChanged, additions, deletions } = session
  const tokens = tokenUsage.input + tokenUsage.output + tokenUsage.reasoning + tokenUsage.cache
  const files = filesChanged === 1 ? '1 file' : `${filesChanged} files`
  return `done: ${tokens} tokens, $${cost}, ${files} changed (+${additions} -${deletions})`
}

const unreachedHint =
  'Where its Agent is ready, a NetworkPolicy may keep this Pod from it: docs/networks.md says what has to be open.'

const run = async (options: RunOptions, stop: AbortSignal): Promise<RunSummary> => {
  const prompt = await readStdin()
  if (prompt.trim() === '') return { error: 'The prompt is empty; give it on stdin.' }
  const { askingPort } = options
  const job = {
    ...options,
    prompt,
    ...(askingPort !== undefined && { tellAsking: serveAsking(askingPort, print) }),
  }
  if (options.attach !== undefined)
    return await work(
      connectServer(options.attach, options.credentials, options.traceparent),
      { ...job, unreachedHint },
      print,
      stop,
    )
  const local = await startLocalServer(options.binary, stop)
  try {
    return await work(local.server, job, print, stop)
  } finally {
    await local.close()
  }
}

const main = async (): Promise<number> => {
  let options: RunOptions | 'help'
  try {
    options = readOptions(process.argv.slice(2), process.env)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\n\n${usage}\n`)
    return 2
  }
  if (options === 'help') {
    print(usage)
    return 0
  }
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort())
  const summary = await run(options, stop.signal).catch((error: unknown) => ({
    error: error instanceof Error ? error.message : String(error),
  }))
  print(lastLine(summary))
  leaveSummary(options.terminationLog, summary)
  return stop.signal.aborted ? 143 : summary.error === undefined ? 0 : 1
}

// Open sockets to a silent server would keep the process alive.
process.exit(await main())
