/** Values that set every field, so that no part of a schema stays unproven. */

const labelSelector = {
  matchLabels: { app: 'db' },
  matchExpressions: [{ key: 'tier', operator: 'In', values: ['a'] }],
}
const nodeTerm = {
  matchExpressions: [{ key: 'zone', operator: 'In', values: ['z1'] }],
  matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node-1'] }],
}
const podAffinityTerm = {
  topologyKey: 'kubernetes.io/hostname',
  labelSelector,
  matchLabelKeys: ['app'],
  mismatchLabelKeys: ['tenant'],
  namespaces: ['default'],
  namespaceSelector: labelSelector,
}
const podAffinity = {
  requiredDuringSchedulingIgnoredDuringExecution: [podAffinityTerm],
  preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 5, podAffinityTerm }],
}
const seLinuxOptions = { user: 'u', role: 'r', type: 't', level: 's0' }
const handler = {
  exec: { command: ['sync'] },
  httpGet: {
    port: 8080,
    path: '/stop',
    host: 'localhost',
    scheme: 'HTTP',
    httpHeaders: [{ name: 'Accept', value: '*/*' }],
  },
  sleep: { seconds: 5 },
}
const fieldRef = { apiVersion: 'v1', fieldPath: 'metadata.name' }
const resourceFieldRef = { resource: 'limits.memory', containerName: 'agent', divisor: '1Mi' }
const extraEnv = [
  { name: 'PLAIN', value: 'x' },
  {
    name: 'FROM',
    valueFrom: {
      configMapKeyRef: { name: 'settings', key: 'a', optional: true },
      secretKeyRef: { name: 'secrets', key: 'b', optional: true },
      fieldRef,
      resourceFieldRef,
    },
  },
]
const extraVolumeMounts = [
  {
    name: 'scratch',
    mountPath: '/scratch',
    subPath: 'a',
    subPathExpr: '$(PLAIN)',
    readOnly: true,
    recursiveReadOnly: 'Disabled',
    mountPropagation: 'None',
  },
]
const items = [{ key: 'a', path: 'a.txt', mode: 0o600 }]
const downward = [{ path: 'name', fieldRef, resourceFieldRef, mode: 0o644 }]
const extraVolumes = [
  { name: 'settings', configMap: { name: 'settings', items, optional: true, defaultMode: 0o644 } },
  { name: 'secret', secret: { secretName: 'secrets', items, optional: true, defaultMode: 0o600 } },
  { name: 'scratch', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } },
  { name: 'claim', persistentVolumeClaim: { claimName: 'data', readOnly: true } },
  {
    name: 'projected',
    projected: {
      defaultMode: 0o644,
      sources: [
        { configMap: { name: 'settings', items, optional: true } },
        { secret: { name: 'secrets', items, optional: true } },
        { downwardAPI: { items: downward } },
        { serviceAccountToken: { path: 'token', audience: 'vault', expirationSeconds: 3600 } },
        {
          clusterTrustBundle: {
            path: 'ca.pem',
            name: 'bundle',
            signerName: 'example.com/signer',
            labelSelector,
            optional: true,
          },
        },
      ],
    },
  },
  { name: 'downward', downwardAPI: { items: downward, defaultMode: 0o644 } },
  {
    name: 'csi',
    csi: {
      driver: 'secrets.example.com',
      fsType: 'ext4',
      readOnly: true,
      volumeAttributes: { a: 'b' },
      nodePublishSecretRef: { name: 'csi' },
    },
  },
  {
    name: 'ephemeral',
    ephemeral: {
      volumeClaimTemplate: {
        metadata: { labels: { a: 'b' }, annotations: { c: 'd' } },
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'fast',
          volumeMode: 'Filesystem',
          volumeName: 'pv-1',
          selector: labelSelector,
          resources: { requests: { storage: '1Gi' }, limits: { storage: '2Gi' } },
        },
      },
    },
  },
  { name: 'nfs', nfs: { server: 'nfs.example.com', path: '/data', readOnly: true } },
  { name: 'image', image: { reference: 'registry.example.com/data:v1', pullPolicy: 'IfNotPresent' } },
  { name: 'host', hostPath: { path: '/opt/cache', type: 'Directory' } },
]
const systemContainer = { extraEnv, extraVolumeMounts }
const profile = { type: 'Localhost', localhostProfile: 'agent.json' }
const identity = {
  appArmorProfile: profile,
  seccompProfile: profile,
  seLinuxOptions,
  runAsUser: 1000,
  runAsGroup: 1000,
  runAsNonRoot: true,
}

export const podSpec = {
  labels: { team: 'a' },
  annotations: { note: 'b' },
  scheduling: {
    nodeSelector: { 'node-type': 'ai-workload' },
    tolerations: [
      { key: 'dedicated', operator: 'Equal', value: 'ai-workload', effect: 'NoExecute', tolerationSeconds: 60 },
    ],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [nodeTerm] },
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: nodeTerm }],
      },
      podAffinity,
      podAntiAffinity: podAffinity,
    },
    priorityClassName: 'high',
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'zone',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector,
        matchLabelKeys: ['app'],
        minDomains: 2,
        nodeAffinityPolicy: 'Honor',
        nodeTaintsPolicy: 'Honor',
      },
    ],
  },
  runtimeClassName: 'gvisor',
  resources: {
    requests: { cpu: 1, memory: '512Mi' },
    limits: { cpu: '1500m', memory: '4Gi' },
    claims: [{ name: 'gpu', request: 'one' }],
  },
  securityContext: {
    ...identity,
    allowPrivilegeEscalation: false,
    privileged: false,
    readOnlyRootFilesystem: true,
    procMount: 'Default',
    capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
  },
  podSecurityContext: {
    ...identity,
    fsGroup: 1000,
    fsGroupChangePolicy: 'OnRootMismatch',
    seLinuxChangePolicy: 'Recursive',
    supplementalGroups: [2000],
    supplementalGroupsPolicy: 'Merge',
    sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
  },
  lifecycle: { postStart: handler, preStop: handler },
  extraVolumes,
  extraVolumeMounts,
  extraEnv,
  systemContainers: {
    openCodeInit: systemContainer,
    contextInit: systemContainer,
    gitInit: systemContainer,
    gitSync: systemContainer,
    pluginInit: systemContainer,
  },
}

const git = {
  repository: 'https://git.example.com/team/code.git',
  path: 'docs',
  ref: 'main',
  depth: 0,
  recurseSubmodules: true,
  secretRef: { name: 'git-credentials' },
}

export const contexts = [
  { name: 'rules', description: 'House rules', type: 'Text', text: 'Sign your commits.', mountPath: 'RULES.md' },
  {
    name: 'scripts',
    type: 'ConfigMap',
    configMap: { name: 'scripts', key: 'run.sh', optional: true },
    mountPath: '.scripts/run.sh',
    fileMode: 493,
  },
  {
    name: 'code',
    type: 'Git',
    git: { ...git, sync: { enabled: true, interval: '1m30s', policy: 'Rollout' } },
    mountPath: '.',
  },
  { name: 'where', type: 'Runtime', runtime: {} },
  {
    name: 'api',
    type: 'URL',
    url: {
      source: 'https://api.example.com/openapi.yaml',
      headers: { Accept: 'application/yaml' },
      secretRef: { name: 'api-token' },
      insecureSkipTLSVerify: true,
      timeout: 10,
    },
    mountPath: '/opt/specs/openapi.yaml',
  },
]

const caBundle = { configMapRef: { name: 'ca', key: 'bundle.pem' } }
export const secretCaBundle = { secretRef: { name: 'ca', key: 'ca.pem' } }

export const proxy = {
  httpProxy: 'http://proxy.example.com:8080',
  httpsProxy: 'http://proxy.example.com:8080',
  noProxy: 'localhost, 10.0.0.0/8',
}

export const execution = {
  agentImage: 'registry.example.com/agent-opencode:v1',
  executorImage: 'registry.example.com/agent-devbox@sha256:0123',
  attachImage: 'localhost:5000/agent-attach',
  command: ['sh', '-c', 'true'],
  workspaceDir: '/workspace',
  serviceAccountName: 'agent',
  contexts,
  skills: [{ name: 'official', git: { ...git, names: ['frontend-design'] } }],
  plugins: [{ name: '@team/plugin@1.2.3', target: 'tui', options: { level: { deep: [1, null] } } }],
  credentials: [
    { name: 'token', secretRef: { name: 'github', key: 'token' }, env: 'GITHUB_TOKEN' },
    { name: 'ssh', secretRef: { name: 'ssh', key: 'id_rsa' }, mountPath: '/home/agent/.ssh/id_rsa', fileMode: 256 },
    { name: 'all', secretRef: { name: 'environment' } },
  ],
  imagePullSecrets: [{ name: 'harbor' }],
  approvals: { timeout: '10m' },
  config: { model: 'mock/mock-1', provider: { mock: { options: {} } } },
  podSpec,
  maxConcurrentTasks: 0,
  quota: { maxTaskStarts: 10, windowSeconds: 3600 },
  caBundle,
  proxy,
  extraPorts: [{ name: 'web', port: 8080, protocol: 'TCP' }],
}

export const conditions = [
  {
    type: 'Ready',
    status: 'True',
    observedGeneration: 1,
    lastTransitionTime: '2026-01-01T00:00:00Z',
    reason: 'Ready',
    message: 'All is well.',
  },
]
