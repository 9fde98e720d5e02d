import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sentenceOf } from '../../shared/errors.ts'
import { withFigures } from './guide.ts'
import { machine, versions } from './machine.ts'
import type { Asked } from './options.ts'
import { help, readOptions, UsageError } from './options.ts'
import { profileText } from './profile/report.ts'
import { beyond, rangesOf } from './ranges.ts'
import ranges from './ranges.json' with { type: 'json' }
import { measure } from './run.ts'
import type { Line } from './table.ts'
import { printed } from './table.ts'

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
  const { rounds, scale } = asked
  const report = { date: new Date().toISOString().slice(0, 19), machine: machine(), versions: versions(), scale }
  mkdirSync(output, { recursive: true })
  const stem = join(output, report.date.replaceAll(':', '-'))
  const { lines, requests, profiles, delay, loads } = await measure(asked, stem)
  const file = `${stem}.json`
  const all = { ...report, rounds, loads, rigDelayMs: delay, lines, requests }
  writeFileSync(file, `${JSON.stringify(all, undefined, 2)}\n`)

  const { processors, model } = report.machine
  const about = `${processors} × ${model}, ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, scale ${scale}, load ${loads.join(' ')}`
  console.log(`${about}\n`)
  console.log(printed(lines))
  for (const one of profiles) console.log(`\n${profileText(one)}`)
  console.log(`\nThis program's own delay, which is in the times above: p99 ${delay.p99.toFixed(1)} ms.`)
  if (Math.max(...loads) > 2 * processors)
    console.log('Other work kept this machine busy: compare shares and counts, not times.')
  console.log(`Written to ${file}`)
  const { commit, node, kubernetes } = report.versions
  const of = `Commit ${commit}, Node.js ${node}, Kubernetes ${kubernetes}.`
  keep(asked, lines, `Measured on ${report.date.slice(0, 10)}: ${about}. ${of}`)
}

await run().catch((error: unknown) => {
  console.error(error instanceof Error && error.cause !== undefined ? error : sentenceOf(error))
  process.exitCode = error instanceof UsageError ? 2 : 1
})
