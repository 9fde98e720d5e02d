/** What the installation and the controller's own program agree on. */
export const CONTROLLER = 'kubeopencode-controller'
export const WEBHOOK_SERVICE = 'kubeopencode-webhook'

/** Secret with `tls.crt`, `tls.key` and `ca.crt` of the webhook server, in the system namespace. */
export const WEBHOOK_SECRET = 'kubeopencode-webhook-tls'

/** Where that Secret is mounted when KUBEOPENCODE_CERTIFICATES is `mounted`. */
export const WEBHOOK_CERTIFICATES = '/etc/kubeopencode/webhook-tls'

export const ports = { webhooks: 9443, metrics: 8080, probes: 8081 } as const

export const probes = { live: '/healthz', ready: '/readyz' } as const

/** All that the controller reads from its environment. */
export const environment = {
  /** Its own namespace. */
  namespace: 'KUBEOPENCODE_NAMESPACE',
  /** Images of the Pods it creates. */
  systemImage: 'KUBEOPENCODE_SYSTEM_IMAGE',
  agentImage: 'KUBEOPENCODE_AGENT_IMAGE',
  executorImage: 'KUBEOPENCODE_EXECUTOR_IMAGE',
  attachImage: 'KUBEOPENCODE_ATTACH_IMAGE',
  /** How long a Pod may fail to start before its Task fails. */
  podStartTimeoutSeconds: 'KUBEOPENCODE_POD_START_TIMEOUT_SECONDS',
  /** info, warn or error. */
  logLevel: 'KUBEOPENCODE_LOG_LEVEL',
  /** `own`: the controller makes the webhooks' certificate. `mounted`: another does, and it is read from a volume. */
  certificates: 'KUBEOPENCODE_CERTIFICATES',
} as const
