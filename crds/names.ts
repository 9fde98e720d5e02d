/** The API group and version of every kind of this project. */
export const GROUP = 'kubeopencode.io'
export const VERSION = 'v1alpha1'
export const API_VERSION = `${GROUP}/${VERSION}`

/** The namespace the project itself is installed in. */
export const SYSTEM_NAMESPACE = 'kubeopencode-system'

/** The one KubeOpenCodeConfig that is read. */
export const CONFIG_NAME = 'cluster'

/** Labels of our own prefix. A user's label never replaces one of these. */
export const labels = {
  /** On Tasks with agentRef and on everything an Agent owns; also the Pod selector. */
  agent: `${GROUP}/agent`,
  /** On Tasks and Agents that use a template. */
  agentTemplate: `${GROUP}/agent-template`,
  /** On Tasks made by a CronTask. */
  cronTask: `${GROUP}/crontask`,
  /** On a Task's Pod and ConfigMap. */
  task: `${GROUP}/task`,
  /** On the Pod of an Agent's Task: the Agent's name. Not `agent`, which is what the Agent's Service selects by. */
  servedBy: `${GROUP}/served-by`,
} as const

export const annotations = {
  /** `true` on a Task asks to stop it. */
  stop: `${GROUP}/stop`,
  /** On a Task: `approve ID`, `always ID`, `deny ID` or `reply ID TEXT`, where ID is that of its status.question; removed once served. */
  answer: `${GROUP}/answer`,
  /** On a Task, beside `answer`: the user who gave it, stamped by the mutating webhook. */
  answeredBy: `${GROUP}/answered-by`,
  /** On a Task: the traceparent (W3C Trace Context) that its work goes on with, given by whoever makes it. */
  traceparent: `${GROUP}/traceparent`,
  /** `true` on a CronTask asks for one run now; removed once served. */
  trigger: `${GROUP}/trigger`,
  /** RFC 3339 time on an Agent: a terminal or attach session was open then, which keeps standby away. */
  lastConnectionActive: `${GROUP}/last-connection-active`,
  /** `standby` on an Agent: the controller suspended it, not a person. */
  suspendedBy: `${GROUP}/suspended-by`,
  /** Hash of the contexts, on the Agent's pod template. */
  contextHash: `${GROUP}/context-hash`,
  /** Followed by the name of a Git context, on the Agent's pod template. */
  gitHashPrefix: `${GROUP}/git-hash-`,
  /** Generation of the AgentTemplate that an Agent's Deployment was built from. */
  templateGeneration: `${GROUP}/template-generation`,
  /** SHA-256 of the server's password, on the Agent's pod template. */
  serverPassword: `${GROUP}/server-password-sha256`,
} as const

/** Labels shared with other tools: on Task Pods and ConfigMaps. */
export const taskAppLabels = { app: 'kubeopencode' } as const

/** Labels shared with other tools: on the objects of one Agent. */
export const agentAppLabels = (agent: string) =>
  ({
    'app.kubernetes.io/name': 'kubeopencode-server',
    'app.kubernetes.io/instance': agent,
    'app.kubernetes.io/component': 'server',
    'app.kubernetes.io/managed-by': 'kubeopencode',
  }) as const

/** Values the mutating webhook fills in, because inheritance or other fields decide whether they apply. */
export const DEFAULT_CA_CONFIG_MAP_KEY = 'ca-bundle.crt'
export const DEFAULT_CA_SECRET_KEY = 'ca.crt'
export const DEFAULT_CLUSTER_DOMAIN = 'cluster.local'
export const DEFAULT_PORT = 4096
