/** A line that a container writes, on its way to whoever follows it. The kubelet is played; everything after it is real. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Send } from '../../infra/cluster/rest.ts'
import { pathOf } from '../../shared/kubernetes.ts'
import { playNode } from '../apiserver/played-node.ts'

const container = 'agent'
const betweenMs = 20

export interface Speaker {
  /** Writes lines one after the other. Gives the moment of each, by what it says. */
  readonly speak: (lines: number) => Promise<ReadonlyMap<string, number>>
  readonly close: () => Promise<void>
}

const must = async (answer: Promise<{ ok: boolean; text: () => Promise<string>; json: () => Promise<unknown> }>) => {
  const response = await answer
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as { metadata: { uid: string } }
}

/** A Task at work, in a Pod on a played node. */
export const startSpeaker = async (send: Send, dir: string, namespace: string, name: string): Promise<Speaker> => {
  const node = await playNode(send, dir)
  const contentType = 'application/merge-patch+json'
  const { apiVersion, kind } = { apiVersion: 'kubeopencode.io/v1alpha1', kind: 'Task' }
  const spec = { description: 'x', agentRef: { name: 'coder' } }
  const { metadata } = await must(
    send('POST', pathOf('Task', namespace), { body: { apiVersion, kind, metadata: { name }, spec } }),
  )
  const pod = `${name}-pod`
  await must(
    send('POST', pathOf('Pod', namespace), {
      body: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: pod, ownerReferences: [{ apiVersion, kind, name, uid: metadata.uid, controller: true }] },
        spec: {
          nodeName: 'played',
          automountServiceAccountToken: false,
          containers: [{ name: container, image: 'a' }],
        },
      },
    }),
  )
  const state = { name: container, image: 'a', imageID: 'a', ready: true, restartCount: 0, state: { running: {} } }
  await node.setStatus(namespace, pod, { phase: 'Running', containerStatuses: [state] })
  await must(
    send('PATCH', `${pathOf('Task', namespace, name)}/status`, {
      body: { status: { phase: 'Running', podName: pod } },
      contentType,
    }),
  )
  let spoken = 0
  return {
    speak: async (lines) => {
      const times = new Map<string, number>()
      for (let line = 0; line < lines; line += 1) {
        const text = `line-${(spoken += 1)}`
        times.set(text, performance.now())
        node.write(namespace, pod, container, text)
        await sleep(betweenMs)
      }
      return times
    },
    close: node.close,
  }
}
