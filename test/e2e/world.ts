import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import { inject } from 'vitest'
import { SYSTEM_NAMESPACE } from '../../crds/names.ts'
import { SERVER } from '../../infra/generate/installation.ts'
import { until } from '../../infra/local/until.ts'
import { conditionOf } from '../../shared/conditions.ts'
import type { KubeObject, Kind, Objects } from '../../shared/kubernetes.ts'
import type { Cluster } from '../../shared/ports.ts'
import { identify } from '../../infra/cluster/identity.ts'
import { connect } from '../../infra/cluster/undici.ts'
import { createCluster, sender } from '../../infra/cluster/rest.ts'
import {
  guardPortName,
  serverAuthSecretName,
  serverPasswordHeader,
  serverPasswordKey,
} from '../../shared/server-access.ts'

declare module 'vitest' {
  interface ProvidedContext {
    kubeconfig: string
    kubectl: string
    helm: string
    /** Where Pods reach programs of this machine. */
    hostAddress: string
  }
}

const run = promisify(execFile)

/** Longer than the functions take from one sweep to the next, which finds what a busy machine has let them miss. */
const patienceSeconds = 420
/** What takes longer is told: an event may have been missed that should have been heard. */
const slowSeconds = 120

/** The cluster that global-setup.ts has brought up, with KubeOpenCode, the mock model and the Git server in it. */
export interface World {
  readonly namespace: string
  readonly cluster: Cluster
  readonly kubectl: (...args: readonly string[]) => Promise<string>
  /** What kubectl says when it fails; throws when it does not fail. */
  readonly refusal: (input: object, ...args: readonly string[]) => Promise<string>
  /** What an Agent's server answers through the apiserver's proxy and its guard, to whoever may read its Secret. */
  readonly ask: (agent: string, path: string, password?: string) => Promise<string>
  readonly apply: (...objects: readonly object[]) => Promise<string>
  readonly get: <K extends Kind>(kind: K, name: string) => Promise<Objects[K] | undefined>
  /** Polls until `isDone`; throws with what was last seen when it takes too long. */
  readonly until: <K extends Kind>(
    kind: K,
    name: string,
    isDone: (object: Objects[K] | undefined) => boolean,
    seconds?: number,
  ) => Promise<Objects[K]>
}

export const openWorld = async (namespace: string): Promise<World> => {
  const kubeconfig = inject('kubeconfig')
  const program = inject('kubectl')
  const connection = connect(await identify({ kubeconfig }), 'kubeopencode-e2e')
  const cluster = createCluster(connection)
  const send = sender(connection)

  const kubectl = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await run(program, ['--kubeconfig', kubeconfig, '--namespace', namespace, ...args], {
      maxBuffer: 16 * 1024 * 1024,
    })
    return stdout
  }
  const withInput = async (input: string, args: readonly string[]): Promise<string> => {
    const child = run(program, ['--kubeconfig', kubeconfig, '--namespace', namespace, ...args])
    child.child.stdin?.end(input)
    const { stdout, stderr } = await child
    return stdout + stderr
  }
  const get: World['get'] = (kind, name) => cluster.get({ kind, namespace, name })

  return {
    namespace,
    cluster,
    kubectl,
    get,
    ask: async (name, path, given) => {
      const secret = await get('Secret', serverAuthSecretName(name))
      const password = given ?? atob(secret?.data?.[serverPasswordKey] ?? '')
      const at = `/api/v1/namespaces/${namespace}/services/${name}:${guardPortName}/proxy${path}`
      const answer = await send('GET', at, { headers: { [serverPasswordHeader]: password } })
      return answer.ok ? answer.text() : `HTTP ${answer.status}: ${await answer.text()}`
    },
    apply: (...objects) => withInput(objects.map((object) => stringify(object)).join('---\n'), ['apply', '-f', '-']),
    refusal: async (input, ...args) => {
      try {
        await withInput(stringify(input), [...(args.length > 0 ? args : ['apply']), '-f', '-'])
      } catch (error) {
        return (error as { stderr?: string }).stderr ?? String(error)
      }
      throw new Error('kubectl did not fail')
    },
    until: async (kind, name, isDone, seconds = patienceSeconds) => {
      const began = Date.now()
      for (;;) {
        const object = await get(kind, name)
        const waited = (Date.now() - began) / 1000
        if (isDone(object)) {
          if (waited > slowSeconds) console.warn(`${kind} ${namespace}/${name} took ${waited} s: did a sweep find it?`)
          return object as Objects[typeof kind]
        }
        if (waited > seconds)
          throw new Error(
            `${kind} ${namespace}/${name} is not as expected after ${seconds} s: ${JSON.stringify(object, null, 2)}`,
          )
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
    },
  }
}

/**
 * The Service of the API and the dashboard, which this machine reaches as the node does, as `host:port`. A Pod would not
 * do: the file before may have installed another version, and the last one's Pods take their time to go.
 */
export const addressOfServer = async (): Promise<string> => {
  const { kubectl } = await openWorld(SYSTEM_NAMESPACE)
  await kubectl('rollout', 'status', `deployment/${SERVER}`, `--timeout=${patienceSeconds}s`)
  const path = 'jsonpath={.spec.clusterIP}:{.spec.ports[0].port}'
  const address = await kubectl('get', 'service', SERVER, '--output', path)
  // The node's rules come a moment after the endpoints.
  await until(
    () =>
      fetch(`http://${address}/health`).then(
        ({ ok }) => ok || undefined,
        () => undefined,
      ),
    { seconds: patienceSeconds, everyMilliseconds: 200 },
  )
  return address
}

/** Waits for a slot of its Agent, before everybody else. */
export const isNextInQueue = (found: Objects['Task'] | undefined): boolean =>
  conditionOf(found?.status?.conditions, 'Queued')?.reason === 'AgentAtCapacity' && found?.status?.queue?.position === 1

const meta = (name: string) => ({ metadata: { name } })
const own = 'kubeopencode.io/v1alpha1'

/** The mock model as OpenCode's provider; what it does is asked for by markers in the prompt. */
export const mockConfig = {
  model: 'mock/mock-1',
  small_model: 'mock/mock-1',
  autoupdate: false,
  share: 'disabled',
  enabled_providers: ['mock'],
  provider: {
    mock: {
      name: 'Mock',
      npm: '@ai-sdk/openai-compatible',
      options: { baseURL: 'http://model.kubeopencode-demo.svc.cluster.local/v1', apiKey: 'none' },
      models: { 'mock-1': { name: 'Mock', tool_call: true, limit: { context: 128000, output: 4096 } } },
    },
  },
}

const base = { workspaceDir: '/workspace', serviceAccountName: 'default', config: mockConfig }

export const agent = (name: string, spec: object = {}): KubeObject =>
  ({ apiVersion: own, kind: 'Agent', ...meta(name), spec: { ...base, ...spec } }) as KubeObject

export const template = (name: string, spec: object = {}): KubeObject =>
  ({ apiVersion: own, kind: 'AgentTemplate', ...meta(name), spec: { ...base, ...spec } }) as KubeObject

export const task = (name: string, spec: object): KubeObject =>
  ({ apiVersion: own, kind: 'Task', ...meta(name), spec }) as KubeObject

export const hasEnded = (object: Objects['Task'] | undefined): boolean =>
  object?.status?.phase === 'Completed' || object?.status?.phase === 'Failed'
