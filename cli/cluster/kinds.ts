import type { KindName } from '../../crds/kinds.ts'
import { UsageError } from '../errors.ts'
import { nearest } from '../nearest.ts'

/** A kind that commands name, with the words a person may use for it. */
export interface NamedKind {
  readonly kind: KindName
  readonly plural: string
  readonly words: readonly string[]
}

/** The words are those of the CRDs; written down here too, because loading every schema takes longer than a whole `get`. */
export const namedKinds: readonly NamedKind[] = [
  { kind: 'Agent', plural: 'agents', words: ['agents', 'agent', 'ag'] },
  { kind: 'Task', plural: 'tasks', words: ['tasks', 'task', 'tk'] },
  { kind: 'CronTask', plural: 'crontasks', words: ['crontasks', 'crontask', 'ct'] },
  { kind: 'AgentTemplate', plural: 'agenttemplates', words: ['agenttemplates', 'agenttemplate', 'agt'] },
  {
    kind: 'KubeOpenCodeConfig',
    plural: 'kubeopencodeconfigs',
    words: ['kubeopencodeconfigs', 'kubeopencodeconfig', 'ktc'],
  },
]

/** What `get all` shows: the namespaced kinds. */
const everything = namedKinds.filter(({ kind }) => kind !== 'KubeOpenCodeConfig')

const plurals = namedKinds.map(({ plural }) => plural)

const suffix = '.kubeopencode.io'

/** The kind a person means by `word`. Throws a usage error that names the kinds there are. */
export const kindOf = (word: string): NamedKind => {
  const typed = word.toLowerCase()
  const short = typed.endsWith(suffix) ? typed.slice(0, -suffix.length) : typed
  const found = namedKinds.find(({ words }) => words.includes(short))
  if (found) return found
  const meant = nearest(
    short,
    namedKinds.flatMap(({ words }) => words.slice(0, 2)),
  )
  const hint = meant === undefined ? 'there are' : `did you mean ${meant}? There are`
  throw new UsageError(`"${word}" is no kind of KubeOpenCode: ${hint} ${plurals.join(', ')}`)
}

/** `agents,tasks` or `all`. */
export const kindsOf = (word: string): readonly NamedKind[] =>
  word.toLowerCase() === 'all' ? everything : [...new Set(word.split(',').filter(Boolean).map(kindOf))]
