import type { Readable } from 'node:stream'
import { API_VERSION } from '../../crds/names.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { UsageError } from '../errors.ts'

export interface TaskOptions {
  readonly agent?: string
  readonly template?: string
  readonly name?: string
  readonly timeout?: string
  readonly label?: readonly string[]
}

/** A Task as a person writes it; the apiserver says whether it is a good one. */
export type NewTask = KubeObject & { readonly spec: object }

/** Letters of generated names that the apiserver adds, and the longest name of a Task. */
const suffixLength = 5
const longestName = 63

const labelsOf = (labels: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    labels.map((text) => {
      const at = text.indexOf('=')
      if (at < 1) throw new UsageError(`--label ${text} is no label: write it as name=value`)
      return [text.slice(0, at), text.slice(at + 1)]
    }),
  )

/** The Task that the options describe. Throws a usage error where they do not describe one. */
export const newTask = (prompt: string, options: TaskOptions, namespace: string): NewTask => {
  const { agent, template, name, timeout, label = [] } = options
  if (agent !== undefined && template !== undefined)
    throw new UsageError('--agent and --template are two ways to do it: choose one')
  const doer = agent ?? template
  if (doer === undefined) throw new UsageError('say who does it: --agent NAME, or --template NAME for a Pod of its own')
  if (prompt.trim() === '') throw new UsageError('say what is to be done: the prompt is empty')
  const labels = labelsOf(label)
  return {
    apiVersion: API_VERSION,
    kind: 'Task',
    metadata: {
      ...(name === undefined ? { generateName: `${doer.slice(0, longestName - suffixLength - 1)}-` } : { name }),
      namespace,
      ...(Object.keys(labels).length > 0 && { labels }),
    },
    spec: {
      description: prompt,
      ...(agent !== undefined && { agentRef: { name: agent } }),
      ...(template !== undefined && { templateRef: { name: template } }),
      ...(timeout !== undefined && { timeout }),
    },
  }
}

/** The prompt itself, or with `-` all of stdin, exactly as written. */
export const promptOf = async (text: string, stdin: Readable): Promise<string> => {
  if (text !== '-') return text
  const chunks: Buffer[] = []
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Buffer))
  return Buffer.concat(chunks).toString('utf8')
}
