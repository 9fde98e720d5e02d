/** What the installation and the controller's own program agree on. */
export const CONTROLLER = 'kubeopencode-controller'
export const SERVER = 'kubeopencode-server'
export const WEBHOOK_SERVICE = 'kubeopencode-webhook'
export const METRICS_SERVICE = 'kubeopencode-metrics'
export const EVENTS_SERVICE = 'kubeopencode-events'

/** Labels of the Pods, beside those of the installation. Contract: tools find the controller and the server by these. */
export const selectors = {
  controller: { 'app.kubernetes.io/name': 'kubeopencode', 'app.kubernetes.io/component': 'controller' },
  server: { 'app.kubernetes.io/name': 'kubeopencode', 'app.kubernetes.io/component': 'server' },
} as const
export type Component = keyof typeof selectors

/** What the Deployment of each is called, and what goes with it. */
export const programs: Readonly<Record<Component, string>> = { controller: CONTROLLER, server: SERVER }

/** Secret with `tls.crt`, `tls.key` and `ca.crt` of the webhook server, in the system namespace. */
export const WEBHOOK_SECRET = 'kubeopencode-webhook-tls'

/** Secret with the key that the passwords of Agents' servers are made from, in the system namespace. */
export const SERVER_KEY_SECRET = 'kubeopencode-server-key'

/** Where WEBHOOK_SECRET is mounted when KUBEOPENCODE_CERTIFICATES is `mounted`. */
export const WEBHOOK_CERTIFICATES = '/etc/kubeopencode/tls'

export const ports = { webhooks: 9443, metrics: 8080, probes: 8081, events: 8082, server: 2746 } as const

export const probes = { live: '/healthz', ready: '/readyz' } as const

/** CA of the apiserver, from the ConfigMap that every namespace has: the server needs no ServiceAccount token to trust it. */
export const APISERVER_CA = '/etc/kubeopencode/apiserver/ca.crt'

/** Key of browser sessions, where a Secret brings one that copies of the server share. */
export const SESSION_SECRET = 'kubeopencode-server-sessions'
export const SESSION_KEY = '/etc/kubeopencode/sessions/key'

/** What the server needs of an identity provider and no value of a chart may hold: its client secret, and its authority. */
export const OIDC_SECRET = 'kubeopencode-server-oidc'
export const OIDC_FOLDER = '/etc/kubeopencode/oidc'

/** What a collector of traces wants to be told and no value of a chart may hold, such as a token. */
export const TRACES_SECRET = 'kubeopencode-traces'
