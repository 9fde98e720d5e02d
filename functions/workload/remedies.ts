interface Rule {
  /** Kubernetes' own. */
  readonly words: RegExp
  readonly remedy: (namespace: string) => string
}

/** https://kubernetes.io/docs/concepts/policy/limit-range/, …/resource-quotas/ and …/security/pod-security-admission/ */
const rules: readonly Rule[] = [
  {
    words: /usage per (Container|Pod) is|limit to request ratio per/,
    remedy: (namespace) =>
      `a LimitRange of namespace ${namespace} sets that bound: raise it, or set podSpec.resources within it`,
  },
  {
    words: /usage per PersistentVolumeClaim is/,
    remedy: (namespace) =>
      `a LimitRange of namespace ${namespace} sets that bound: raise it, or create the Agent with another size in spec.persistence`,
  },
  {
    words: /must be less than or equal to \S+ limit/,
    remedy: (namespace) =>
      `set podSpec.resources.limits, or raise the default limit of the LimitRange in namespace ${namespace}`,
  },
  {
    words: /failed quota: .*must specify/,
    remedy: (namespace) =>
      `a ResourceQuota of namespace ${namespace} asks that of every container: set it in podSpec.resources, or for all by the defaults of a LimitRange there`,
  },
  {
    words: /exceeded quota:/,
    remedy: (namespace) => `raise that ResourceQuota of namespace ${namespace}, or make room in it`,
  },
  {
    words: /violates PodSecurity/,
    remedy: (namespace) =>
      `set podSpec.podSecurityContext and podSpec.securityContext as namespace ${namespace} demands`,
  },
]

/** `message`, with what can be done where it is a rule of the namespace that refuses an object. */
export const withRemedy = (message: string, namespace = ''): string => {
  const known = rules.find(({ words }) => words.test(message))
  return known ? `${message}; ${known.remedy(namespace)}` : message
}
