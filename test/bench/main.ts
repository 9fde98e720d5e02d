import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { sentenceOf } from '../../shared/errors.ts'
import { load, machine, versions } from './machine.ts'
import type { Creates } from './measurements/admission.ts'
import { measureAdmission, timeCreates } from './measurements/admission.ts'
import { startContainer } from './container.ts'
import { measureGrowth } from './measurements/growth.ts'
import { measureFinished } from './measurements/finished.ts'
import { measureDrain } from './measurements/drain.ts'
import { measureQueue } from './measurements/queue.ts'
import { measureReviews } from './measurements/reviews.ts'
import { measureQuota } from './measurements/quota.ts'
import { measureFires, measureSchedules } from './measurements/schedule.ts'
import { measureSettled, openSettledWorld } from './measurements/settled.ts'
import { measureStandby } from './measurements/standby.ts'
import { measureStart } from './measurements/start.ts'
import { measureContainer, measureFloor, measureThroughput } from './measurements/throughput.ts'
import { measureWrites } from './measurements/writes.ts'
import type { Rig } from './rig.ts'
import { startRig } from './rig.ts'
import type { Result } from './row.ts'
import type { Line } from './table.ts'
import { linesOf, printed } from './table.ts'
import { withFigures } from './guide.ts'
import { beyond, rangesOf } from './ranges.ts'
import ranges from './ranges.json' with { type: 'json' }

const known = ['M1', 'M2', 'M3', 'M4', 'M6', 'M7', 'M8', 'M9', 'M10', 'M11', 'M12', 'quiet', 'done', 'growth'] as const
type Name = (typeof known)[number]

const help = `usage: npm run bench [-- options]

Measures the functions and webhooks against a real kube-apiserver and etcd, where this program plays the kubelet and the
Deployment controller. Prints a table with goals and writes dist/bench/<date>.json.

  --only LIST     measurements, with commas (default: ${known.join(',')})
  --rounds N      how often each is made; the table shows the median and the range (default: 3)
  --scale F       multiplies the number of Tasks and the seconds: 0.1 to try, 10 for M1 and M8 with 2,000, M9 with 10,000 (default: 1)
  --write         puts the table into docs/performance.md
  --record        puts counts of requests into test/bench/ranges.json, with the most they may be from now on
  --check         exits with 1 where a count of requests is above that
  --help          this text

  M1     200 Tasks on 20 Agents: Tasks/s, and the floor without any controller in the same run
  M2     apply → Pod at 10 Tasks/s, 200 Tasks
  M3     slot free → next Pod with limit 1, 100 Tasks of 200 ms; order, most Pods at once (M5)
  M4     drain 300 Tasks of 300 ms with limit 3; order, most Pods at once (M5)
  M6     quota window opens → start, with the functions running and restarted; two minutes
  M7     standby Agent: Task → resumed, server ready → Pod, 20 Tasks
  M8     200 CronTasks due in the same minute: how late, lost, doubled, writes per fire
  M9     1,000 CronTasks of which none is due: a tick, and a sweep with a look at each
  M10    requests per Task by the audit log, 50 Tasks without limits and with
  M11    webhooks in process: 20,000 reviews, one after another; what they add to a create, 1, 10 and 50 in flight
  M12    the container's bundle under the work of M1: Tasks/s and its memory
  quiet  writes in a settled world over 30 s, a sweep every second
  done   5,000 finished Tasks: a tick of which none is due, and a look that finds half of them too many
  growth the same Tasks beside 1, 4 and 16 times as much that has nothing to do with them

examples:
  npm run bench -- --only M2,M10 --rounds 1
  npm run bench -- --scale 10 --only M1`

class UsageError extends Error {}

const readArguments = () => {
  const options = {
    only: { type: 'string', default: known.join(',') },
    rounds: { type: 'string', default: '3' },
    scale: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const
  const values = (() => {
    try {
      return parseArgs({ options, strict: true }).values
    } catch (error) {
      throw new UsageError(`${sentenceOf(error)}; see npm run bench -- --help`)
    }
  })()
  const only = new Set<string>(values.only.split(','))
  const unknown = [...only].filter((name) => !known.some((one) => one === name))
  if (unknown.length > 0) throw new UsageError(`--only names ${unknown.join(', ')}; there is ${known.join(', ')}`)
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new UsageError(`--rounds is "${values.rounds}"; it must be a whole number, 1 or more`)
  const scale = Number(values.scale)
  if (!(scale > 0)) throw new UsageError(`--scale is "${values.scale}"; it must be a number above 0`)
  return { ...values, isAsked: (name: Name) => only.has(name), rounds, scale }
}

type Arguments = ReturnType<typeof readArguments>

const tell = (text: string): void => void process.stderr.write(`${text}\n`)

/** All measurements once, with the functions started anew. */
const measureRound = async (rig: Rig, { isAsked, scale }: Arguments): Promise<Result[]> => {
  const sized = (tasks: number): number => Math.max(5, Math.round(tasks * scale))
  const results: Result[] = []
  const add = async (name: string, measuring: Promise<Result>): Promise<void> => {
    const begun = performance.now()
    results.push(await measuring)
    tell(`  ${name}: ${((performance.now() - begun) / 1000).toFixed(1)} s, load ${load()}`)
  }
  if (isAsked('M11')) await add('M11', measureReviews(sized(20_000)))
  // The floor comes before there are functions and webhooks; the CRDs are there since the rig was warmed up.
  const floor = isAsked('M1') ? await measureFloor(rig, sized(200)) : undefined
  const unjudged: Creates | undefined = isAsked('M11') ? await timeCreates(rig, sized(400)) : undefined
  if (isAsked('M12')) {
    const container = await startContainer(rig)
    try {
      await add('M12', measureContainer(rig, container, sized(200)))
    } finally {
      await container.stop()
    }
  }
  let functions = await rig.startFunctions()
  await warmUp(rig)
  if (floor !== undefined) await add('M1', measureThroughput(rig, functions, sized(200), floor))
  if (unjudged !== undefined) await add('M11', measureAdmission(rig, sized(400), unjudged))
  if (isAsked('M2')) await add('M2', measureStart(rig, sized(200)))
  if (isAsked('M10')) await add('M10', measureWrites(rig, sized(50)))
  if (isAsked('M3')) await add('M3', measureQueue(rig, sized(100)))
  if (isAsked('M4')) await add('M4', measureDrain(rig, sized(300)))
  if (isAsked('M7')) await add('M7', measureStandby(rig, sized(20)))
  if (isAsked('M6'))
    for (const isRestarted of [false, true]) {
      const measured = measureQuota(rig, functions, isRestarted)
      await add(
        'M6',
        measured.then(({ result }) => result),
      )
      functions = (await measured).functions
    }
  if (isAsked('M8')) await add('M8', measureFires(rig, sized(200)))
  if (isAsked('M9')) await add('M9', measureSchedules(rig, sized(1000)))
  if (isAsked('growth')) await add('growth', measureGrowth(rig, functions, sized(100)))
  const world = isAsked('quiet') ? await openSettledWorld(rig) : undefined
  await functions.stop()
  if (world) {
    const sweeping = await rig.startFunctions(1)
    await add('quiet', measureSettled(rig, Math.max(5, Math.round(30 * scale))))
    await sweeping.stop()
    await world.close()
  }
  if (isAsked('done')) await add('done', measureFinished(rig, sized(5_000)))
  return results
}

/** Code that has run before is what is measured, on both sides of the wire. */
const warmUp = async (rig: Rig): Promise<void> => {
  const world = await openSettledWorld(rig)
  await world.close()
}

const save = (report: { readonly date: string }): string => {
  const folder = join(import.meta.dirname, '..', '..', 'dist', 'bench')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${report.date.replaceAll(':', '-')}.json`)
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`)
  return file
}

const bench = import.meta.dirname

/** What else is to be done with the table. */
const keep = ({ write, record, check }: Arguments, lines: readonly Line[], about: string): void => {
  if (write) {
    const file = join(bench, '..', '..', 'docs', 'performance.md')
    writeFileSync(file, withFigures(readFileSync(file, 'utf8'), lines, about))
  }
  if (record)
    writeFileSync(join(bench, 'ranges.json'), `${JSON.stringify({ ...ranges, ...rangesOf(lines) }, undefined, 2)}\n`)
  const above = check ? beyond(lines, ranges) : []
  for (const sentence of above) console.error(sentence)
  if (above.length > 0) process.exitCode = 1
}

const run = async (): Promise<void> => {
  const asked = readArguments()
  if (asked.help) {
    console.log(help)
    return
  }
  const { rounds, scale } = asked
  const report = { date: new Date().toISOString().slice(0, 19), machine: machine(), versions: versions(), scale }
  const loads = [load()]
  const rig = await startRig()
  process.once('SIGINT', () => void rig.close().finally(() => process.exit(130)))
  try {
    const first = await rig.startFunctions()
    await warmUp(rig)
    await first.stop()
    const loop = monitorEventLoopDelay({ resolution: 5 })
    loop.enable()
    const results: Result[][] = []
    for (let round = 1; round <= rounds; round++) {
      tell(`round ${round} of ${rounds}`)
      results.push(await measureRound(rig, asked))
      loads.push(load())
    }
    loop.disable()
    const lines = linesOf(results.flat().flatMap(({ rows }) => rows))
    const requests = results.map((round) => Object.assign({}, ...round.map((result) => result.requests)) as object)
    const rigDelayMs = { p99: loop.percentile(99) / 1e6, most: loop.max / 1e6 }
    const file = save({ ...report, rounds, loads, rigDelayMs, lines, requests } as typeof report)

    const { processors, model } = report.machine
    const about = `${processors} × ${model}, ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, scale ${scale}, load ${loads.join(' ')}`
    console.log(`${about}\n`)
    console.log(printed(lines))
    console.log(`\nThis program's own delay, which is in the times above: p99 ${rigDelayMs.p99.toFixed(1)} ms.`)
    if (Math.max(...loads) > 2 * processors)
      console.log('Other work kept this machine busy: compare shares and counts, not times.')
    console.log(`Written to ${file}`)
    keep(asked, lines, `Measured on ${report.date.slice(0, 10)}: ${about}.`)
  } finally {
    await rig.close()
  }
}

await run().catch((error: unknown) => {
  console.error(error instanceof Error && error.cause !== undefined ? error : sentenceOf(error))
  process.exitCode = error instanceof UsageError ? 2 : 1
})
