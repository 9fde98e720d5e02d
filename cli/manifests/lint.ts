import { CommandError } from '../errors.ts'
import { outputOf } from '../get/output.ts'
import type { Io } from '../io.ts'
import { print, say } from '../io.ts'
import { readManifests } from './files.ts'
import { judgeFiles } from './judge-all.ts'
import { asJson, asSarif, findingLine, summaryLine } from './report.ts'

export interface LintOptions {
  readonly filename?: readonly string[]
  readonly namespace?: string
  readonly output?: string
  /** Whether a warning fails too. */
  readonly strict?: boolean
}

/** What admission would say to the files. Fails where it would refuse one. */
export const lint = async (io: Io, names: readonly string[], options: LintOptions): Promise<void> => {
  const output = outputOf(options.output, ['text', 'json', 'sarif'] as const) ?? 'text'
  const files = await readManifests([...(options.filename ?? []), ...names], io.in)
  const summary = await judgeFiles(files, options.namespace ?? 'default')
  const { findings, judged } = summary
  if (output === 'text') {
    for (const finding of findings) print(io, findingLine(finding, io.colors.out))
    say(io, summaryLine(summary))
  } else io.out.write(`${JSON.stringify(output === 'json' ? asJson(summary) : asSarif(summary), undefined, 2)}\n`)
  if (judged === 0 && findings.length === 0)
    throw new CommandError(`${files.map(({ name }) => name).join(', ')}: no object of KubeOpenCode is in there`)
  const failing = findings.filter(({ severity }) => severity === 'error' || options.strict === true)
  if (failing.length > 0) throw new CommandError('')
}
