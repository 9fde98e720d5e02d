import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sentenceOf } from '../../shared/errors.ts'
import { withFigures } from './guide.ts'
import { watchLoop } from './loop-delay.ts'
import { load, machine, versions } from './machine.ts'
import type { Asked } from './options.ts'
import { help, readOptions, UsageError } from './options.ts'
import { profileText } from './profile/report.ts'
import { beyond, rangesOf } from './ranges.ts'
import ranges from './ranges.json' with { type: 'json' }
import { startRig } from './rig.ts'
import type { Round } from './round.ts'
import { measureRound, warmUp } from './round.ts'
import type { Line } from './table.ts'
import { linesOf, printed } from './table.ts'

const bench = import.meta.dirname
const output = join(bench, '..', '..', 'dist', 'bench')

/** What else is to be done with the table. */
const keep = ({ write, record, check }: Asked, lines: readonly Line[], about: string): void => {
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
  const asked = readOptions(process.argv.slice(2))
  if (asked.help) {
    console.log(help)
    return
  }
  const { rounds, scale, profile } = asked
  const report = { date: new Date().toISOString().slice(0, 19), machine: machine(), versions: versions(), scale }
  mkdirSync(output, { recursive: true })
  const stem = join(output, report.date.replaceAll(':', '-'))
  const loads = [load()]
  const rig = await startRig({ isProbed: profile })
  process.once('SIGINT', () => void rig.close().finally(() => process.exit(130)))
  try {
    const first = await rig.startFunctions()
    await warmUp(rig)
    await first.stop()
    const unwatch = watchLoop()
    const made: Round[] = []
    for (let round = 1; round <= rounds; round++) {
      process.stderr.write(`round ${round} of ${rounds}\n`)
      made.push(await measureRound(rig, asked, rounds > 1 ? `${stem}-${round}` : stem))
      loads.push(load())
    }
    const rigDelayMs = unwatch()
    const lines = linesOf(made.flatMap(({ results }) => results).flatMap(({ rows }) => rows))
    const requests = made.map(({ results }) => Object.assign({}, ...results.map((result) => result.requests)) as object)
    const file = `${stem}.json`
    writeFileSync(file, `${JSON.stringify({ ...report, rounds, loads, rigDelayMs, lines, requests }, undefined, 2)}\n`)

    const { processors, model } = report.machine
    const about = `${processors} × ${model}, ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, scale ${scale}, load ${loads.join(' ')}`
    console.log(`${about}\n`)
    console.log(printed(lines))
    for (const one of made.flatMap(({ profiles }) => profiles)) console.log(`\n${profileText(one)}`)
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
