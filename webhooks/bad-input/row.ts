import type { OwnKind } from '../../shared/kubernetes.ts'

type Json = Readonly<Record<string, unknown>>

/** What a user, or somebody who is none, may send; and what becomes of it. */
export interface Input {
  readonly kind: OwnKind
  readonly spec: unknown
  readonly name?: string
  readonly labels?: Readonly<Record<string, string>>
  /** What is stored, when the input is a change of it. */
  readonly before?: { readonly spec: Json; readonly status?: Json }
  /** A namespace with that level of Pod Security. */
  readonly level?: 'baseline' | 'restricted'
  /** In a cluster whose administrator has said what is allowed: `closedSecurity`. */
  readonly isClosed?: true
}

export interface Row {
  /** The class, by its number in the project's list of bad input. */
  readonly line: number
  readonly input: string
  readonly sent: Input
  readonly becomes:
    | { readonly refusedAt: string; readonly says: string; readonly by: 'schema' | 'webhook' }
    | { readonly warnedOf: string }
    | { readonly taken: true }
}

/** Of a cluster that says what is allowed. */
export const closedSecurity = {
  allowedGitHosts: ['git.example.com', '*.example.org', 'plain.example.com:80'],
  allowedURLHosts: ['docs.example.com'],
  allowPrivateAddresses: false,
  requireServerPassword: true,
  requireImageDigest: true,
  allowedImages: ['registry.example.com/team'],
  allowedServiceAccounts: ['agent'],
}

const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')
  return text.length > 60 ? `${text.slice(0, 57)}… (${text.length})` : text
}

type Put = (value: unknown) => Input

/** Rows of one class: each of `values`, put where `put` says, is refused at `refusedAt` by the schema, and without it by us. */
export const refused = (line: number, refusedAt: string, says: string, put: Put, values: readonly unknown[]): Row[] =>
  values.map((value) => ({
    line,
    input: shown(value),
    sent: put(value),
    becomes: { refusedAt, says, by: 'schema' },
  }))

/** The same for what only a webhook can see. */
export const refusedByWebhook = (
  line: number,
  refusedAt: string,
  says: string,
  put: Put,
  values: readonly unknown[],
): Row[] =>
  refused(line, refusedAt, says, put, values).map((row) => ({
    ...row,
    becomes: { refusedAt, says, by: 'webhook' },
  }))

export const warned = (line: number, warnedOf: string, put: Put, values: readonly unknown[]): Row[] =>
  values.map((value) => ({ line, input: shown(value), sent: put(value), becomes: { warnedOf } }))

export const taken = (line: number, put: Put, values: readonly unknown[]): Row[] =>
  values.map((value) => ({ line, input: shown(value), sent: put(value), becomes: { taken: true } }))

/** An Agent that is good but for `spec`. */
export const agent = (spec: Json): Input => ({
  kind: 'Agent',
  spec: { workspaceDir: '/workspace', serviceAccountName: 'agent', ...spec },
})

export const task = (spec: Json): Input => ({ kind: 'Task', spec: { agentRef: { name: 'a' }, ...spec } })

export const cronTask = (spec: Json): Input => ({
  kind: 'CronTask',
  spec: { schedule: '0 9 * * *', taskTemplate: { spec: { agentRef: { name: 'a' } } }, ...spec },
})

/** A Task with one context. */
export const context = (item: Json): Input => task({ contexts: [item] })

/** An Agent with one Git context. */
export const git = (fields: Json): Input =>
  agent({ contexts: [{ git: { repository: 'https://git.example.com/r', ...fields }, mountPath: 'code' }] })

export const url = (fields: Json): Input => context({ url: { source: 'https://docs.example.com/', ...fields } })
