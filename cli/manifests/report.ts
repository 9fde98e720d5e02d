import type { Colors } from '../io.ts'
import { version } from '../version.ts'
import type { Finding } from './judge.ts'

const subject = ({ kind, namespace, name }: Finding): string => {
  if (kind === undefined) return ''
  const path = [namespace, name].filter((part) => part !== undefined).join('/')
  return `${kind}${path === '' ? '' : ` ${path}`}: `
}

const sentence = (finding: Finding): string => {
  const { field, message } = finding
  return `${subject(finding)}${field === undefined ? '' : `${field}: `}${message}`
}

/** `file:line:column: error: Task fix: spec.x: says this`, as compilers write, so that editors and CI find the place. */
export const findingLine = (finding: Finding, colors: Colors): string => {
  const { file, position, severity } = finding
  const word = severity === 'error' ? colors.red('error') : colors.yellow('warning')
  return `${colors.bold(`${file}:${position.line}:${position.column}:`)} ${word}: ${sentence(finding)}`
}

export interface Summary {
  readonly findings: readonly Finding[]
  /** Objects that were judged. */
  readonly judged: number
  /** Objects of other groups, which nobody here knows. */
  readonly others: number
}

const count = (number: number, one: string, many = `${one}s`): string => `${number} ${number === 1 ? one : many}`

export const summaryLine = ({ findings, judged, others }: Summary): string => {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const found = [
    count(errors, 'error'),
    ...(findings.length > errors ? [count(findings.length - errors, 'warning')] : []),
  ].join(' and ')
  const left = others > 0 ? `; ${count(others, 'object is', 'objects are')} of other kinds and not judged` : ''
  return `${found} in ${count(judged, 'object')}${left}.`
}

export const asJson = ({ findings, judged, others }: Summary): object => ({
  findings: findings.map(({ position: { line, column }, severity, file, ...rest }) => ({
    severity,
    file,
    line,
    column,
    ...rest,
  })),
  judged,
  others,
})

/** SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), which code hosts show beside the lines. */
export const asSarif = ({ findings }: Summary): object => ({
  $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
  version: '2.1.0',
  runs: [
    {
      tool: {
        driver: {
          name: 'kubeoc lint',
          version,
          rules: [
            { id: 'error', shortDescription: { text: 'Admission would refuse the object.' } },
            { id: 'warning', shortDescription: { text: 'Admission would let the object in and warn.' } },
          ],
        },
      },
      columnKind: 'unicodeCodePoints',
      results: findings.map((finding) => ({
        ruleId: finding.severity,
        ruleIndex: finding.severity === 'error' ? 0 : 1,
        level: finding.severity,
        message: { text: sentence(finding) },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: finding.file === '-' ? 'stdin' : encodeURI(finding.file.replaceAll('\\', '/')) },
              region: { startLine: finding.position.line, startColumn: finding.position.column },
            },
          },
        ],
      })),
    },
  ],
})
