import * as z from 'zod'
import { API_VERSION, labels } from '../../../crds/names.ts'
import { User } from '../../../functions/api/access/user.ts'
import { sentenceOf } from '../../../shared/errors.ts'
import { pathOf } from '../../../shared/kubernetes.ts'
import type { Clock } from '../../../shared/ports.ts'
import type { Answer, Send } from '../../cluster/rest.ts'
import { CONTROLLER, SERVER } from '../../generate/installation.ts'

export interface CheckWorld {
  /** To the apiserver. */
  readonly send: Send
  /** To the API; undefined where it is not installed, or answers to other names alone. */
  readonly api: Send | undefined
  readonly namespace: string
  readonly clock: Clock
}

export interface Check {
  readonly name: string
  /** Gives what was seen. Throws a sentence that says what is wrong, and where to look. */
  readonly run: (world: CheckWorld) => Promise<string>
}

interface Written {
  readonly message?: string
  readonly metadata?: { readonly name?: string; readonly labels?: Readonly<Record<string, string>> }
  readonly status?: { readonly phase?: string }
}

const patienceSeconds = 60
const lookEveryMs = 250

/** Nobody's: it never gets a Pod, and so needs no image, no model and no room. */
const nobody = 'kubeopencode-check-nobody'

const task = (spec: object = {}) => ({
  apiVersion: API_VERSION,
  kind: 'Task',
  metadata: { generateName: 'kubeopencode-check-' },
  spec: { agentRef: { name: nobody }, description: 'Does the installation work?', ...spec },
})

const bodyOf = async (answer: Answer): Promise<Written> => (await answer.json()) as Written

const logs = (program: string, namespace: string): string => `kubectl -n ${namespace} logs deployment/${program}`

/** A stored or tried Task; a refusal is thrown with the apiserver's words. */
const create = async ({ send, namespace }: CheckWorld, query: string): Promise<Written> => {
  const answer = await send('POST', `${pathOf('Task', namespace)}${query}`, { body: task() })
  const written = await bodyOf(answer)
  if (!answer.ok)
    throw new Error(
      `a Task as it should be is refused (HTTP ${answer.status}): ${written.message}; see ${logs(CONTROLLER, namespace)}`,
    )
  return written
}

const defaults: Check = {
  name: 'admission completes a Task',
  run: async (world) => {
    const { metadata } = await create(world, '?dryRun=All')
    if (metadata?.labels?.[labels.agent] !== nobody)
      throw new Error(
        'a Task was stored as it came: the apiserver does not ask the mutating webhooks; ' +
          'see kubectl get mutatingwebhookconfiguration kubeopencode-mutating',
      )
    return `label ${labels.agent} was added`
  },
}

/** A fault that the schema of the kind lets pass, so that only the webhook can find it. */
const wrong = { contexts: [{ name: 'wrong', url: { source: 'https://example.com:99999/' }, mountPath: 'wrong' }] }
const wrongField = 'spec.contexts[0].url.source'

const refuses: Check = {
  name: 'admission refuses a wrong Task',
  run: async ({ send, namespace }) => {
    const answer = await send('POST', `${pathOf('Task', namespace)}?dryRun=All`, { body: task(wrong) })
    const { message = '' } = await bodyOf(answer)
    if (answer.ok)
      throw new Error(
        `a Task with a port that there cannot be in ${wrongField} was let in: the apiserver does not ask the validating ` +
          'webhooks; see kubectl get validatingwebhookconfiguration kubeopencode-validating',
      )
    if (!message.includes(wrongField))
      throw new Error(
        `a wrong Task is refused for another reason (HTTP ${answer.status}): ${message}; see ${logs(CONTROLLER, namespace)}`,
      )
    return message
  },
}

const reacts: Check = {
  name: 'the functions look at a new Task',
  run: async (world) => {
    const { send, namespace, clock } = world
    const { metadata } = await create(world, '')
    const path = pathOf('Task', namespace, metadata?.name ?? '')
    const started = clock.now().getTime()
    const waited = () => clock.now().getTime() - started
    try {
      for (;;) {
        const { status } = await bodyOf(await send('GET', path))
        if (status?.phase !== undefined) return `${status.phase} after ${waited()} ms`
        if (waited() > patienceSeconds * 1000)
          throw new Error(
            `Task ${namespace}/${metadata?.name} has no phase after ${patienceSeconds} s; see ${logs(CONTROLLER, namespace)}`,
          )
        await clock.sleep(lookEveryMs)
      }
    } finally {
      await send('DELETE', path)
    }
  },
}

const Told = z.object({ kubernetes: z.string(), user: User.pick({ username: true }) })

const answers: Check = {
  name: 'the API answers',
  run: async ({ api, namespace }) => {
    if (!api) return 'not asked: it is not installed, or answers to the names in server.hosts alone'
    const answer = await api('GET', '/api/v1/info').catch((cause: unknown) => {
      throw new Error(`the API does not answer; see ${logs(SERVER, namespace)}`, { cause })
    })
    if (!answer.ok)
      throw new Error(
        `GET /api/v1/info is HTTP ${answer.status}: ${await answer.text()}; see ${logs(SERVER, namespace)}`,
      )
    const { user, kubernetes } = Told.parse(await answer.json())
    return `Kubernetes ${kubernetes}, asked by ${user.username}`
  },
}

export const checks: readonly Check[] = [defaults, refuses, reacts, answers]

/** Does them all, one after the other, and tells each. Gives how many failed. */
export const runChecks = async (world: CheckWorld, tell: (line: string) => void): Promise<number> => {
  let failed = 0
  for (const { name, run } of checks) {
    const found = await run(world).then(
      (seen) => `ok    ${name}: ${seen}`,
      (error: unknown) => {
        failed += 1
        return `FAIL  ${name}: ${sentenceOf(error)}`
      },
    )
    tell(found)
  }
  tell(failed === 0 ? 'the installation works' : `${failed} of ${checks.length} checks failed`)
  return failed
}
