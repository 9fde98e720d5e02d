import type { Deployment } from 'kubernetes-types/apps/v1'
import type { PodStatus } from 'kubernetes-types/core/v1'
import { describe, expect, test } from 'vitest'
import { agent, ready } from '../../test/builders/agent.ts'
import { deleted, withMetadata } from '../../test/builders/change.ts'
import { ownedBy, pod, running, theAgent, waiting, withPodStatus } from '../../test/builders/pod.ts'
import { agentSight } from '../../test/builders/sight.ts'
import { at, now } from '../../test/builders/time.ts'
import { conditionTexts, messageOf } from '../../test/builders/told.ts'
import { decideAgent } from './decide.ts'
import type { AgentSight } from './sight.ts'

const refused = (message: string): Deployment['status'] => ({
  conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }],
})

const server: Deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'coder-server' } }

/** A server that is not ready any more. */
const seen = (pods: AgentSight['pods'], status: Deployment['status'] = {}): AgentSight =>
  agentSight({ parent: agent(ready), pods, deployment: ownedBy(theAgent)({ ...server, status }) })

const told = (sight: AgentSight) => {
  const plan = decideAgent(sight, now)
  return { says: messageOf(plan, 'Ready'), event: plan.events?.find(({ reason }) => reason === 'NotReady')?.message }
}

const condition = (type: string, status: string, more: object = {}) => ({ type, status, ...more })
const readiness = (containers: string, is: string): PodStatus => ({
  conditions: [condition('ContainersReady', containers), condition('Ready', is)],
})
const onNode = withMetadata({ name: 'coder-server-1' })
const silent = pod(running, withPodStatus(readiness('True', 'False')), (one) => ({
  ...onNode(one),
  spec: { containers: [], nodeName: 'node-7' },
}))

const evictedAt = (seconds: number) =>
  pod(
    withPodStatus({
      phase: 'Failed',
      reason: 'Evicted',
      message: 'The node was low on resource: ephemeral-storage. ',
      conditions: [condition('Ready', 'False', { lastTransitionTime: at(seconds) })],
    }),
  )

describe('a server that does not answer', () => {
  test('whose Pod a rule of the namespace refuses: which, and what to do', () => {
    const { says } = told(
      seen([], refused('pods "a" is forbidden: maximum memory usage per Container is 64Mi, but limit is 4Gi')),
    )
    expect(says).toMatch(/but limit is 4Gi; a LimitRange of namespace default sets that bound/)
    expect(says).toMatch(/kubectl rollout restart deployment\/coder-server -n default$/)
  })

  test('whose node is not heard of', () => {
    const { says, event } = told(seen([silent]))
    expect(says).toMatch(/^node node-7, where the server runs, is not heard of/)
    expect(event).toMatch(/does not answer any more: node node-7/)
  })

  test.each([
    { name: 'containers that are not ready yet', one: pod(running, withPodStatus(readiness('False', 'False'))) },
    { name: 'a Pod on its way out', one: pod(() => deleted(at(20))(silent)) },
  ])('is not blamed on its node: $name', ({ one }) => {
    expect(told(seen([one]))).toEqual({
      says: 'the server is starting',
      event: 'the server of Agent coder does not answer any more',
    })
  })

  test.each([
    { name: 'was evicted', before: evictedAt(-12), want: 'Evicted: The node was low on resource: ephemeral-storage.' },
    {
      name: 'is drained',
      before: pod(
        running,
        deleted(at(20)),
        withPodStatus({
          conditions: [
            condition('DisruptionTarget', 'True', {
              reason: 'EvictionByEvictionAPI',
              message: 'Eviction API: evicting',
            }),
            condition('Ready', 'False', { lastTransitionTime: at(-12) }),
          ],
        }),
      ),
      want: 'EvictionByEvictionAPI: Eviction API: evicting',
    },
  ])('because the Pod before $name', ({ before, want }) => {
    const { says, event } = told(seen([before, pod(running)]))
    expect(says).toBe(`the server is starting again: the cluster ended its Pod: ${want}`)
    expect(event).toContain(want)
  })

  test('not because of a Pod that was evicted long before', () => {
    expect(told(seen([evictedAt(-3600), pod(running)])).says).toBe('the server is starting')
  })

  test.each([{ running: {} }, { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } }])(
    'because it used too much memory: $0',
    (state) => {
      const status = { name: 'opencode-server', image: 'i', imageID: '', ready: false, restartCount: 1, state }
      const killed = { ...status, lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }
      expect(told(seen([pod(withPodStatus({ containerStatuses: [killed] }))])).says).toMatch(
        /container opencode-server used more memory than its limit .* raise podSpec.resources.limits.memory$/,
      )
    },
  )
})

test('an image that cannot be pulled is told in the same words, whether the kubelet pulls or waits to pull', () => {
  const pull = 'failed to resolve reference "registry.example.com/a:1": no such host'
  const { says } = told(seen([pod(waiting('ErrImagePull', pull))]))
  expect(says).toMatch(/cannot start: ErrImagePull: failed to resolve reference/)
  const waits = waiting('ImagePullBackOff', `Back-off pulling image "registry.example.com/a:1": ErrImagePull: ${pull}`)
  expect(told(seen([pod(waits)])).says).toBe(says)
})

test('a new server that is refused while the old one serves is said beside it', () => {
  const status = { ...refused('pods "a" is forbidden: exceeded quota: pods'), observedGeneration: 1 }
  const plan = decideAgent(seen([], { ...status, replicas: 1, readyReplicas: 1, updatedReplicas: 0 }), now)
  expect(conditionTexts(plan.status)).toContain('Reconciling=True RollingOut')
  expect(messageOf(plan, 'Reconciling')).toMatch(/is replacing the server; .*raise that ResourceQuota/)
})

describe('what ended before its server could start', () => {
  const ended = (exitCode: number, message: string) => ({ terminated: { exitCode, reason: 'Error', message } })
  const container = { image: 'i', imageID: '', ready: false, restartCount: 1 }
  const waits = { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } }
  const init = (state: object, lastState: object = {}) =>
    pod(withPodStatus({ initContainerStatuses: [{ ...container, name: 'context-init', state, lastState }] }))
  const words = 'context-init: The file /workspace/a could not be written. The volume is full; make its claim larger.'

  test('is told in the same words, whether the kubelet calls it ended or waits to begin it again', () => {
    const { says } = told(seen([init(ended(1, words))]))
    expect(says).toBe(`container context-init (image i) cannot start: CrashLoopBackOff: ${words}`)
    expect(told(seen([init(waits, ended(1, words))])).says).toBe(says)
  })

  test('is nothing where it has done its work', () =>
    expect(told(seen([init(ended(0, ''))])).says).toBe('the server is starting'))

  /** The last lines of a log, as part of the sentence. */
  const saidOf = (log: string): string | undefined => {
    const status = { ...container, name: 'opencode-server', state: waits, lastState: ended(1, log) }
    return told(seen([pod(withPodStatus({ containerStatuses: [status] }))])).says?.split('CrashLoopBackOff: ')[1]
  }

  test('is one line, and nothing that a terminal acts on or a reader is misled by', () =>
    expect(saidOf('\u001b[91mno\u001b[0m\r\u001b]0;title\u0007 way\u202e\n')).toBe('no ]0;title way'))

  test('is cut where it is long, between two letters', () =>
    expect(saidOf(`${'🙂'.repeat(600)}x`)).toBe(`…${'🙂'.repeat(499)}x`))

  test('has the remedy of a full volume where the database of sessions does not fit', () => {
    const log = '\u001b[91mError: \u001b[0mUnexpected error\n\nFailed query: PRAGMA wal_checkpoint(PASSIVE)\nparams: '
    expect(saidOf(log)).toBe(
      'Error: Unexpected error Failed query: PRAGMA wal_checkpoint(PASSIVE) params:; ' +
        'a volume of it may be full: make its claim larger, or delete what is not needed there',
    )
  })
})
