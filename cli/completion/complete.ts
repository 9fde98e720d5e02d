import type { Command, Option } from 'commander'
import type { ClusterOptions } from '../cluster/access.ts'
import { openCluster } from '../cluster/access.ts'
import { kindOf, namedKinds } from '../cluster/kinds.ts'
import type { KindName } from '../../crds/kinds.ts'
import { pathOf } from '../../infra/cluster/rest.ts'
import type { Kind } from '../../shared/kubernetes.ts'
import { resources } from '../../shared/kubernetes.ts'
import type { Io } from '../io.ts'

/** A person who presses Tab does not wait for a cluster that does not answer. */
const patience = '2s'
const mostNames = 5000

const described = (word: string, description: string): string => `${word}\t${description}`

/** What is typed, taken apart: the command reached, its words, and the options given so far. */
interface Typed {
  readonly command: Command
  readonly words: readonly string[]
  readonly options: Readonly<Record<string, string>>
  /** The option whose value is being typed. */
  readonly open?: Option
}

const optionsOf = (command: Command): Option[] => {
  const all: Option[] = []
  for (let at: Command | null = command; at; at = at.parent) all.push(...at.options)
  return all.filter(({ hidden }) => !hidden)
}

const taken = (program: Command, before: readonly string[]): Typed => {
  let command = program
  const words: string[] = []
  const options: Record<string, string> = {}
  let open: Option | undefined
  for (const word of before) {
    if (open) {
      options[open.attributeName()] = word
      open = undefined
      continue
    }
    const [flag = '', value] = word.startsWith('--') ? word.split('=', 2) : [word]
    const option = optionsOf(command).find(({ short, long }) => flag === short || flag === long)
    if (option) {
      const takesValue = option.required || option.optional
      if (takesValue && value === undefined) open = option
      else if (value !== undefined) options[option.attributeName()] = value
      continue
    }
    const next = words.length === 0 ? command.commands.find((one) => one.name() === word) : undefined
    if (next) command = next
    else words.push(word)
  }
  return { command, words, options, ...(open && { open }) }
}

/** Names of one kind that are in the cluster, or nothing where it does not answer soon. */
const namesOf = async (io: Io, kind: Kind, options: ClusterOptions): Promise<string[]> => {
  try {
    const { api, namespace } = await openCluster({ ...options, requestTimeout: patience }, io)
    const path = pathOf(kind, resources[kind].namespaced ? namespace : undefined)
    const found = await api.ask<{ items: { metadata: { name: string } }[] }>('', 'GET', `${path}?limit=${mostNames}`, {
      headers: { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json' },
    })
    return (found?.items ?? []).map(({ metadata }) => metadata.name)
  } catch {
    return []
  }
}

const contextsOf = async (options: ClusterOptions): Promise<string[]> => {
  try {
    const { loadKubeConfig } = await import('../../infra/cluster/client-node.ts')
    const { kubeconfig } = options
    return loadKubeConfig(kubeconfig === undefined ? {} : { kubeconfig })
      .getContexts()
      .map(({ name }) => name)
  } catch {
    return []
  }
}

const forms: Readonly<Record<string, readonly string[]>> = {
  get: ['wide', 'json', 'yaml', 'name'],
  task: ['json', 'yaml', 'name'],
  lint: ['text', 'json', 'sarif'],
  render: ['yaml', 'json'],
  doctor: ['text', 'json'],
  version: ['text', 'json'],
}

const valuesOf = async (io: Io, option: Option, { command, options }: Typed): Promise<string[]> => {
  switch (option.attributeName()) {
    case 'namespace':
      return namesOf(io, 'Namespace', options)
    case 'context':
      return contextsOf(options)
    case 'agent':
      return namesOf(io, 'Agent', options)
    case 'template':
      return namesOf(io, 'AgentTemplate', options)
    case 'output':
      return [...(forms[command.name()] ?? [])]
    case 'onInterrupt':
      return ['ask', 'stop', 'leave']
    case 'kubeconfig':
    case 'filename':
      return [':files']
    default:
      return []
  }
}

/** Commands whose words are names of one kind. */
const namedBy: Readonly<Record<string, KindName>> = { agent: 'Agent', task: 'Task', crontask: 'CronTask' }

const wordsFor = async (io: Io, typed: Typed, current: string): Promise<string[]> => {
  const { command, words, options } = typed
  if (command.commands.length > 0 && words.length === 0)
    return command.commands
      .filter((one) => !one.name().startsWith('__'))
      .map((one) => described(one.name(), one.description()))
  const name = command.name()
  if (name === 'lint' || name === 'render') return [':files']
  if (name === 'completion') return words.length === 0 ? ['bash', 'zsh', 'fish'] : []
  if (name === 'get' || name === 'describe') {
    const [kind] = words
    if (kind === undefined && current.includes('/')) {
      const [word = ''] = current.split('/')
      const found = await namesOf(io, kindOf(word).kind, options)
      return found.map((one) => `${word}/${one}`)
    }
    if (kind === undefined)
      return [...namedKinds.map(({ plural, kind: one }) => described(plural, one)), ...(name === 'get' ? ['all'] : [])]
    return namesOf(io, kindOf(kind).kind, options)
  }
  const parent = command.parent?.name() ?? ''
  const kind = namedBy[parent]
  return kind === undefined ? [] : namesOf(io, kind, options)
}

/** What may follow `words`, of which the last is being typed: one to a line, with a tab before its description. */
export const complete = async (io: Io, program: Command, words: readonly string[]): Promise<string[]> => {
  const current = words.at(-1) ?? ''
  const typed = taken(program, words.slice(0, -1))
  try {
    if (typed.open) return (await valuesOf(io, typed.open, typed)).filter(fits(current))
    if (current.startsWith('-'))
      return optionsOf(typed.command)
        .flatMap(({ long, description }) => (long ? [described(long, description)] : []))
        .filter(fits(current))
    return (await wordsFor(io, typed, current)).filter(fits(current))
  } catch {
    return []
  }
}

const fits =
  (current: string) =>
  (line: string): boolean =>
    line === ':files' || line.startsWith(current)
