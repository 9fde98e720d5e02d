import type { ClusterReader } from '../../shared/ports.ts'
import { documentsOf } from './documents.ts'
import type { ManifestObject } from './documents.ts'
import type { ManifestFile } from './files.ts'
import type { Finding, Judged } from './judge.ts'
import { judgeObject, placed, readerOf } from './judge.ts'
import type { Summary } from './report.ts'

export interface AllJudged extends Summary {
  /** Objects of ours, as admission would store them. */
  readonly stored: readonly Judged[]
  /** Every object of the files, in its namespace. */
  readonly reader: ClusterReader
}

/** Of an object that is in the files twice only the last is left when all of them are applied. */
const doubles = (objects: readonly ManifestObject[], namespace: string): Finding[] => {
  const seen = new Map<string, ManifestObject>()
  return objects.flatMap((manifest): Finding[] => {
    const { kind, metadata } = placed(manifest.object, namespace)
    const name = metadata?.name
    if (typeof kind !== 'string' || typeof name !== 'string' || name === '') return []
    const key = `${String(manifest.object['apiVersion'])} ${kind} ${metadata?.namespace ?? ''} ${name}`
    const first = seen.get(key)
    if (!first) {
      seen.set(key, manifest)
      return []
    }
    const message = `is there twice: the first is in ${first.file}, line ${first.positionOf('').line}`
    return [
      { severity: 'warning', file: manifest.file, position: manifest.positionOf('metadata.name'), kind, name, message },
    ]
  })
}

/** Every object of the files, judged. `namespace` is that of objects which name none. */
export const judgeFiles = async (files: readonly ManifestFile[], namespace: string): Promise<AllJudged> => {
  const documents = files.map(documentsOf)
  const objects = documents.flatMap((one) => one.objects)
  const reader = readerOf(objects.map(({ object }) => placed(object, namespace)))
  const findings: Finding[] = documents
    .flatMap(({ faults }) => faults)
    .map(({ file, position, message }) => ({ severity: 'error', file, position, message }))
  const stored: Judged[] = []
  let judged = 0
  let others = 0
  for (const manifest of objects) {
    const result = await judgeObject(manifest, reader, namespace)
    if (result === undefined) {
      others += 1
      continue
    }
    judged += 1
    if ('findings' in result) {
      stored.push(result)
      findings.push(...result.findings)
    } else findings.push(...result)
  }
  findings.push(...doubles(objects, namespace))
  const order = new Map(files.map(({ name }, index) => [name, index]))
  return {
    stored,
    reader,
    judged,
    others,
    findings: findings.toSorted(
      (a, b) =>
        (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) ||
        a.position.line - b.position.line ||
        a.position.column - b.position.column,
    ),
  }
}
