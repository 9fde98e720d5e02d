import type { Pod } from 'kubernetes-types/core/v1'
import { judgeObject, readerOf } from '../../../cli/manifests/judge.ts'
import type { Apiserver, ApiserverOf } from '../../../functions/api/apiserver.ts'
import { pathOf } from '../../../shared/kubernetes.ts'
import type { KubeObject, OwnKind } from '../../../shared/kubernetes.ts'
import { json, refused } from '../../builders/upstream.ts'
import { agents, config, templates } from './agents.ts'
import { ago, team } from './made.ts'
import { diff, log, messages, todo } from './session.ts'
import { cronTasks, tasks } from './tasks.ts'

export const objects: readonly KubeObject[] = [...agents, ...templates, ...tasks, ...cronTasks, config]

const user = { username: 'ada@example.com', groups: ['system:authenticated', 'shop'] }

const pod = (task: string): Pod => ({
  kind: 'Pod',
  apiVersion: 'v1',
  spec: { containers: [{ name: 'agent' }] },
  metadata: {
    name: `${task}-pod`,
    namespace: team,
    ownerReferences: [{ apiVersion: 'v1', kind: 'Task', name: task, uid: `uid-of-${task}`, controller: true }],
  },
  status: {
    phase: 'Running',
    containerStatuses: [
      { name: 'agent', image: '', imageID: '', ready: true, restartCount: 0, state: { running: {} } },
    ],
  },
})

/** What a terminal is opened in. */
const serverPod = (agent: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `${agent}-server-6d5f`,
    namespace: team,
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${agent}-server-6d5f`, uid: 'uid', controller: true },
    ],
  },
  status: {
    phase: 'Running',
    containerStatuses: [{ name: 'opencode-server', image: '', imageID: '', ready: true, restartCount: 0 }],
  },
})

const event = (name: string, minutes: number, reason: string, note: string) => ({
  metadata: { name: `${name}.${reason}` },
  regarding: { uid: `uid-of-${name}` },
  type: 'Normal',
  reason,
  note,
  eventTime: ago(minutes),
})

const events = [
  event('publish-2-18-0', 6, 'PodCreated', 'created Pod publish-2-18-0-pod'),
  event('publish-2-18-0', 3, 'Answered', 'approved by ada@example.com: bash: git push origin v2.18.0'),
  event('developer', 24, 'Ready', 'the server of Agent developer takes Tasks'),
  event('writer', 40, 'StandbySuspended', 'Agent writer was idle for 30m and is suspended'),
]

/** A body that begins and goes on for as long as somebody listens, as a watch and a log that is followed do. */
const endless = (first: string, signal: AbortSignal | undefined): Response =>
  new Response(
    new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode(first))
        const end = (): void => controller.error(signal?.reason)
        if (signal?.aborted) end()
        else signal?.addEventListener('abort', end)
      },
    }),
  )

const kindsByPlural: Readonly<Record<string, OwnKind>> = {
  tasks: 'Task',
  agents: 'Agent',
  crontasks: 'CronTask',
  agenttemplates: 'AgentTemplate',
  kubeopencodeconfigs: 'KubeOpenCodeConfig',
}

/** What admission says of a manifest, with the team's objects around it. */
const judged = async (body: object): Promise<Response> => {
  const manifest = { file: '', object: body as Record<string, unknown>, positionOf: () => ({ line: 1, column: 1 }) }
  const found = await judgeObject(manifest, readerOf(objects), team)
  const findings = found === undefined ? [] : 'findings' in found ? found.findings : found
  const causes = findings.flatMap(({ severity, field = '', message }) =>
    severity === 'error' ? [{ field, message, reason: 'FieldValueInvalid' }] : [],
  )
  if (causes.length === 0) return json({ ...body, metadata: { uid: 'uid', ...(body as KubeObject).metadata } }, 201)
  return json({ kind: 'Status', reason: 'Invalid', message: 'it is invalid', code: 422, details: { causes } }, 422)
}

const sessionAnswers: Readonly<Record<string, unknown>> = {
  '': { id: 'ses_price-in-two-currencies', title: '', time: { updated: 1 } },
  '/message': messages,
  '/todo': todo,
  '/diff': diff,
}

const serverAnswer = (path: string): Response => {
  const [, id, rest = ''] = /\/proxy\/session\/([^/?]+)([^?]*)/.exec(path) ?? []
  if (id === 'status') return json({})
  return rest in sessionAnswers ? json(sessionAnswers[rest]) : refused(404, 'NotFound', 'there is no such path')
}

const collection = ({ searchParams }: URL, kind: OwnKind, name: string | undefined, signal?: AbortSignal): Response => {
  if (searchParams.has('watch')) return endless('', signal)
  const wanted = /metadata\.name=([^,]+)/.exec(searchParams.get('fieldSelector') ?? '')?.[1] ?? name
  const items = objects.filter((one) => one.kind === kind && (wanted === undefined || one.metadata?.name === wanted))
  if (name !== undefined) return items[0] ? json(items[0]) : refused(404, 'NotFound', `there is no ${kind} ${name}`)
  return json({ items, metadata: { resourceVersion: '1000' } })
}

/** The apiserver of a team's cluster, as far as the API asks it: everything is read, nothing is ever stored. */
export const teamApiserver: ApiserverOf =
  (caller): Apiserver =>
  async ({ method = 'GET', path, body, signal }) => {
    const url = new URL(path, 'http://apiserver')
    const { pathname } = url
    if (caller === undefined) return refused(401, 'Unauthorized', 'Unauthorized')
    if (pathname.endsWith('/selfsubjectreviews')) return json({ status: { userInfo: user } }, 201)
    if (pathname.endsWith('/selfsubjectaccessreviews')) return json({ status: { allowed: true } }, 201)
    if (pathname === pathOf('Namespace')) return json({ items: [{ metadata: { name: team } }], metadata: {} })
    if (pathname.includes('/proxy/')) return serverAnswer(path)
    if (pathname.endsWith('/events')) {
      const uid = /regarding\.uid=(.+)$/.exec(url.searchParams.get('fieldSelector') ?? '')?.[1]
      return json({ items: events.filter(({ regarding }) => regarding.uid === uid), metadata: {} })
    }
    const podName = /\/pods\/([^/]+)-pod(\/log)?$/.exec(pathname)
    if (podName) {
      if (podName[1] !== 'publish-2-18-0') return refused(404, 'NotFound', 'the Pod is gone')
      return podName[2] ? endless(`${log.join('\n')}\n`, signal) : json(pod(podName[1]))
    }
    if (pathname.endsWith('/pods')) {
      if (url.searchParams.has('watch')) return endless('', signal)
      const agent = /^kubeopencode\.io\/agent=(.+)$/.exec(url.searchParams.get('labelSelector') ?? '')?.[1]
      if (agent !== undefined) return json({ items: [serverPod(agent)] })
      const items =
        url.searchParams.get('fieldSelector') === 'metadata.name=publish-2-18-0-pod' ? ['publish-2-18-0'] : []
      return json({ items: items.map(pod), metadata: { resourceVersion: '1000' } })
    }
    const [, plural = '', name] =
      /\/(tasks|agents|crontasks|agenttemplates|kubeopencodeconfigs)(?:\/([^/]+))?$/.exec(pathname) ?? []
    const kind = kindsByPlural[plural]
    if (!kind) return refused(404, 'NotFound', `there is no ${pathname}`)
    return method === 'GET' || method === 'PATCH' ? collection(url, kind, name, signal) : judged(body as object)
  }
