import type { Pod } from 'kubernetes-types/core/v1'
import type { Agent } from '../../../crds/agent.ts'
import { DEFAULT_PORT, labels } from '../../../crds/names.ts'
import { pathOf } from '../../../shared/kubernetes.ts'
import type { Clock } from '../../../shared/ports.ts'
import { keepAwake, resumeAgent } from '../../../shared/requests.ts'
import { toolsDir } from '../../workload/directories.ts'
import { serverName } from '../../workload/names.ts'
import type { Apiserver, Caller } from '../apiserver.ts'
import { placeOf } from '../inputs.ts'
import type { ObjectList } from '../objects/answer.ts'
import { patchObject, readObject } from '../objects/write.ts'
import { badRequest, Problem } from '../problem.ts'
import type { ApiContext, Route } from '../route.ts'
import { mayStill } from '../streams/still-allowed.ts'

/** A command in a container, as the apiserver's exec takes it. */
export interface ExecTarget {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly command: readonly string[]
}

/** What a terminal needs of the API while it is open. */
export interface TerminalSession {
  readonly caller: Caller
  /** Wakes the Agent where it sleeps and waits for its server; `say` is told what is waited for. Throws Problem. */
  readonly wake: (say: (line: string) => void, signal: AbortSignal) => Promise<ExecTarget>
  /** To be called now and then, so that the Agent does not fall asleep under an open terminal. */
  readonly keepAwake: () => Promise<void>
  /** Throws, or is false, once the caller may not be here any more. */
  readonly isStillAllowed: () => Promise<boolean>
  /** Counts the terminal as open until what it gives is called; throws Problem where the caller has too many. */
  readonly hold: () => Promise<() => void>
}

/** Makes a WebSocket of the request and connects it; the runtime's own part. */
export type Terminal = (c: ApiContext, session: TerminalSession) => Promise<Response>

const container = 'opencode-server'
const patienceMs = 120_000
const lookMs = 1_000

const isReady = ({ metadata, status }: Pod): boolean =>
  metadata?.deletionTimestamp === undefined &&
  (status?.containerStatuses ?? []).some(({ name, ready }) => name === container && ready)

/** The Pod of the Agent's Deployment; a label alone can be put on any Pod. */
const serverPod = async (apiserver: Apiserver, namespace: string, agent: string): Promise<Pod | undefined> => {
  const query = new URLSearchParams({ labelSelector: `${labels.agent}=${agent}` })
  const { items } = await readObject<ObjectList & object>(apiserver, `${pathOf('Pod', namespace)}?${query}`)
  return (items as readonly Pod[]).find(
    (pod) =>
      isReady(pod) &&
      pod.metadata?.ownerReferences?.some(
        ({ kind, name, controller }) => controller && kind === 'ReplicaSet' && name.startsWith(`${serverName(agent)}-`),
      ),
  )
}

/** OpenCode's own client beside its server: the password, where there is one, is in the container's environment. */
const attachCommand = (agent: Agent): string[] => [
  'env',
  'TERM=xterm-256color',
  'COLORTERM=truecolor',
  `${toolsDir}/opencode`,
  'attach',
  `http://127.0.0.1:${agent.spec.port ?? DEFAULT_PORT}`,
]

export const wakeAgent = async (
  apiserver: Apiserver,
  { namespace, name }: { namespace: string; name: string },
  { clock, now }: { readonly clock: Clock; readonly now: () => Date },
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<ExecTarget> => {
  const path = pathOf('Agent', namespace, name)
  const agent = await readObject<Agent>(apiserver, path)
  if (agent.spec.suspend) {
    say(`Agent ${namespace}/${name} is suspended; waking it`)
    await patchObject(apiserver, path, { ...resumeAgent, ...keepAwake(now()) })
  }
  const deadline = clock.now().getTime() + patienceMs
  let isTold = false
  for (;;) {
    signal.throwIfAborted()
    const pod = await serverPod(apiserver, namespace, name)
    if (pod) return { namespace, pod: pod.metadata?.name ?? '', container, command: attachCommand(agent) }
    if (clock.now().getTime() > deadline)
      throw new Problem(
        503,
        'ServiceUnavailable',
        `the server of Agent ${namespace}/${name} did not become ready within ${patienceMs / 1000} s; the conditions of the Agent say why`,
      )
    if (!isTold) say(`waiting for the server of Agent ${namespace}/${name}`)
    isTold = true
    await clock.sleep(lookMs)
  }
}

/** Whoever has something to prove does so in a header: a URL is logged and kept, and a subprotocol is echoed. */
const checkHandshake = (c: ApiContext): void => {
  if (c.req.header('upgrade')?.toLowerCase() !== 'websocket')
    throw new Problem(426, 'UpgradeRequired', 'this is a WebSocket; ask for it with Upgrade: websocket')
  const says = Object.keys(c.req.query()).length > 0 || c.req.header('sec-websocket-protocol') !== undefined
  if (says)
    throw new Problem(
      403,
      'Forbidden',
      'a terminal takes no parameters and no subprotocols: who you are belongs into the session cookie or the Authorization header',
    )
}

export const terminalRoute = (terminal: Terminal | undefined, clock: Clock): Route => ({
  method: 'GET',
  path: '/api/v1/namespaces/{namespace}/agents/{name}/terminal',
  summary:
    'WebSocket: binary frames are bytes both ways, a text frame {"type":"resize","cols":n,"rows":n}; opencode attach in the Pod of the server',
  answer: { status: 101 },
  handle: async (c) => {
    const place = placeOf(c)
    const { namespace, name } = place
    const { apiserver, caller, now } = c.var
    checkHandshake(c)
    if (!terminal || !caller) throw badRequest('this server has no terminals; use kubeoc agent attach')
    const access = { verb: 'create', resource: 'pods', subresource: 'exec', namespace }
    const path = pathOf('Agent', namespace, name)
    const [isAllowed] = await Promise.all([mayStill(apiserver, access), readObject(apiserver, path)])
    if (!isAllowed)
      throw new Problem(
        403,
        'Forbidden',
        `a terminal at Agent ${namespace}/${name} takes the right to create pods/exec in namespace ${namespace}, as the role kubeopencode-agent-admin has it`,
      )
    return terminal(c, {
      hold: c.var.hold,
      caller,
      wake: (say, signal) => wakeAgent(apiserver, place, { clock, now }, say, signal),
      keepAwake: async () => {
        await patchObject(apiserver, path, keepAwake(now()))
      },
      isStillAllowed: () => mayStill(apiserver, access),
    })
  },
})
