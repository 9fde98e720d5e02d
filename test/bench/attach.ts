/**
 * Our runner against `opencode run --attach`: same server, same mock model, turn by turn.
 * `npm run bench:attach -- [rounds]` prints medians and ranges.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { makeBench, opencodeBinary, serveOpencode, startRunner, type Bench } from '../pod/opencode.ts'

type Sample = { readonly firstCallMs: number; readonly totalMs: number; readonly peakMb: number; readonly exit: number }

const peakMb = (pid: number | undefined): number => {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

const arms = {
  'our runner': (bench: Bench, prompt: string, url: string) =>
    startRunner(bench, prompt, ['--attach', url, '--title', 'a']).child,
  'opencode run': (bench: Bench, prompt: string, url: string) => {
    const child = spawn(opencodeBinary, ['run', '--attach', url, '--title', 'a'], {
      cwd: bench.workspace,
      env: { ...bench.env },
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    child.stdin.end(prompt)
    return child
  },
}

let turn = 0
const sample = async (bench: Bench, arm: keyof typeof arms, marker: string, url: string): Promise<Sample> => {
  const prompt = `${marker} turn ${++turn}`
  const start = performance.now()
  const child = arms[arm](bench, prompt, url)
  let peak = 0
  const timer = setInterval(() => (peak = Math.max(peak, peakMb(child.pid))), 20)
  const exit = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)))
  clearInterval(timer)
  const first = bench.moves.find((move) => move.prompt === prompt)?.at
  return { firstCallMs: (first ?? Number.NaN) - start, totalMs: performance.now() - start, peakMb: peak, exit }
}

const spread = (values: readonly number[]): string => {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): string => (sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN).toFixed(0)
  return `${at(0.5)} (${at(0)} to ${at(1)})`
}

const rounds = Number(process.argv[2] ?? 5)
const bench = await makeBench()
const server = await serveOpencode(bench)
try {
  // The server's first session pays for its start.
  await sample(bench, 'our runner', '[[echo]]', server.url)
  const names = Object.keys(arms) as (keyof typeof arms)[]
  const samples = new Map(names.map((name) => [name, [] as Sample[]]))
  for (let round = 0; round < rounds; round++)
    for (const name of names) samples.get(name)?.push(await sample(bench, name, '[[echo]]', server.url))
  for (const name of names) {
    const all = samples.get(name) ?? []
    const refused = await sample(bench, name, '[[fail:401]]', server.url)
    console.log(
      `${name.padEnd(13)} first model call ${spread(all.map((one) => one.firstCallMs))} ms, in all ${spread(all.map((one) => one.totalMs))} ms, peak ${spread(all.map((one) => one.peakMb))} MB, exit ${all.map((one) => one.exit).join('')}, exit on 401: ${refused.exit}`,
    )
  }
} finally {
  await server.stop()
  await bench.close()
}
