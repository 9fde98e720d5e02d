/** What the installation and the controller's own program agree on. */
export const CONTROLLER = 'kubeopencode-controller'
export const WEBHOOK_SERVICE = 'kubeopencode-webhook'

/** Secret with `tls.crt`, `tls.key` and `ca.crt` of the webhook server, in the system namespace. */
export const WEBHOOK_SECRET = 'kubeopencode-webhook-tls'

/** Secret with the key that the passwords of Agents' servers are made from, in the system namespace. */
export const SERVER_KEY_SECRET = 'kubeopencode-server-key'

/** Where WEBHOOK_SECRET is mounted when KUBEOPENCODE_CERTIFICATES is `mounted`. */
export const WEBHOOK_CERTIFICATES = '/etc/kubeopencode/tls'

export const ports = { webhooks: 9443, metrics: 8080, probes: 8081 } as const

export const probes = { live: '/healthz', ready: '/readyz' } as const
