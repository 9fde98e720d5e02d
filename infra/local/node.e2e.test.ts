import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, removeCluster, startCluster } from './cluster.ts'
import { processesNaming } from './process-list.ts'
import { mountsUnder } from './mounts.ts'
import { canHaveNode } from './prerequisites.ts'
import { silent } from './progress.ts'
import { idOf } from './settings.ts'
import { tinyImage } from './tiny-image.ts'
import { until } from './until.ts'

const IMAGE = 'kubeopencode.io/local/probe:1'
const MINUTES = 60_000

const kubectl = (cluster: Cluster, args: string[], input = ''): string =>
  execFileSync(cluster.kubectl, ['--kubeconfig', cluster.kubeconfig, ...args], { encoding: 'utf8', input })

const probe = (cluster: Cluster, ...args: string[]): string =>
  kubectl(cluster, ['exec', 'web', '--', '/probe', ...args])

/** Everything a cluster puts into the machine, found without asking the cluster. */
const leftovers = (dir: string): string[] => {
  const id = idOf(dir)
  const named = (command: string, ...args: string[]): string[] =>
    execFileSync(command, args, { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(id))
  return [
    ...processesNaming(dir).map(({ command }) => command),
    ...mountsUnder(dir),
    ...named('ip', '-brief', 'link'),
    ...named('ip', 'netns'),
    ...named('iptables', '-S'),
    ...named('iptables', '-t', 'nat', '-S'),
    ...named('find', '/sys/fs/cgroup', '-maxdepth', '2', '-name', 'kubeopencode-*'),
    ...named('find', '/dev/shm', '/var/lib/cni', '-name', `*${id}*`),
    ...(existsSync(dir) ? [dir] : []),
  ]
}

const workload = [
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', labels: { app: 'web' } },
    spec: {
      securityContext: { runAsUser: 1000, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      terminationGracePeriodSeconds: 0,
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
      containers: [
        {
          name: 'probe',
          image: IMAGE,
          args: ['serve', '8080'],
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
          readinessProbe: { httpGet: { port: 8080 }, periodSeconds: 1 },
        },
      ],
    },
  },
]

// Skipped where a node cannot be: it needs root on Linux.
describe.runIf(canHaveNode())('a cluster with a node', () => {
  const dir = mkdtempSync(join(tmpdir(), 'koc-node-'))
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await startCluster({ dir, node: true, name: 'node-smoke', tmpfs: true })
    await cluster.loadImage(await tinyImage('probe', IMAGE, silent))
    kubectl(cluster, ['apply', '-f', '-'], workload.map((object) => JSON.stringify(object)).join('\n---\n'))
    kubectl(cluster, ['wait', '--for=condition=Ready', 'pod/web', '--timeout=300s'])
  }, 30 * MINUTES)

  afterAll(() => removeCluster(dir), 10 * MINUTES)

  test('gives logs', () => {
    expect(kubectl(cluster, ['logs', 'web'])).toBe('serving on 8080\n')
  })

  test('binds a claim to a volume that any user can write to', () => {
    expect(kubectl(cluster, ['get', 'pvc', 'data', '-o', 'jsonpath={.status.phase}'])).toBe('Bound')
    expect(probe(cluster, 'write', '/data/note')).toBe('wrote /data/note\n')
    const [volume] = readdirSync(join(dir, 'volumes'))
    expect(readFileSync(join(dir, 'volumes', volume!, 'note'), 'utf8')).toBe('written')
  })

  test('resolves a Service and leads to it from a Pod, from this machine and through the apiserver', async () => {
    expect(probe(cluster, 'lookup', 'web.default.svc.cluster.local')).toMatch(/^\[10\./)
    expect(probe(cluster, 'get', 'http://web.default.svc/')).toBe('hello from the Pod\n')
    const address = kubectl(cluster, ['get', 'service', 'web', '-o', 'jsonpath={.spec.clusterIP}'])
    expect(await (await fetch(`http://${address}/`)).text()).toBe('hello from the Pod\n')
    const proxied = '/api/v1/namespaces/default/services/web:80/proxy/'
    expect(kubectl(cluster, ['get', '--raw', proxied])).toBe('hello from the Pod\n')
  })

  test('lets a Pod reach the apiserver', () => {
    expect(probe(cluster, 'dial', 'kubernetes.default.svc:443')).toContain('connected')
  })

  test('forwards a port', async () => {
    const args = ['--kubeconfig', cluster.kubeconfig, 'port-forward', 'pod/web', ':8080']
    const forward = spawn(cluster.kubectl, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      let said = ''
      forward.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
      const port = await until(async () => /127\.0\.0\.1:(\d+)/.exec(said)?.[1], {
        seconds: 120,
        everyMilliseconds: 20,
      })
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hello from the Pod\n')
    } finally {
      forward.kill()
    }
  })

  test('refuses names and addresses outside at once', () => {
    const startedAt = performance.now()
    expect(() => probe(cluster, 'lookup', 'example.com')).toThrow('no such host')
    expect(() => probe(cluster, 'dial', '203.0.113.1:80')).toThrow('unreachable')
    expect(performance.now() - startedAt).toBeLessThan(15_000) // who waits for an answer waits 5 s a try
  })

  test(
    'removes a volume with its claim',
    async () => {
      kubectl(cluster, ['delete', 'pod/web', 'pvc/data', '--wait=false'])
      const removed = async () => readdirSync(join(dir, 'volumes')).length === 0 || undefined
      expect(await until(removed, { seconds: 180, everyMilliseconds: 100 })).toBe(true)
    },
    10 * MINUTES,
  )

  test(
    'serves new claims after the apiserver was away',
    async () => {
      await cluster.restartApiserver()
      kubectl(cluster, ['create', '-f', '-'], JSON.stringify({ ...workload[0], metadata: { name: 'later' } }))
      const bound = ['wait', '--for=jsonpath={.status.phase}=Bound', 'pvc/later', '--timeout=180s']
      expect(kubectl(cluster, bound)).toContain('condition met')
    },
    10 * MINUTES,
  )

  test(
    'runs beside a second one, and each leaves nothing behind',
    async () => {
      const otherDir = mkdtempSync(join(tmpdir(), 'koc-node-'))
      try {
        const other = await startCluster({ dir: otherDir, node: true, tmpfs: true })
        await other.loadImage(await tinyImage('probe', IMAGE, silent))
        kubectl(other, ['run', 'beside', `--image=${IMAGE}`, '--', 'serve', '8080'])
        kubectl(other, ['wait', '--for=condition=Ready', 'pod/beside', '--timeout=300s'])
        expect(kubectl(cluster, ['get', 'pods', '-o', 'name'])).not.toContain('beside')
      } finally {
        await removeCluster(otherDir)
      }
      expect(leftovers(otherDir)).toEqual([])
      expect(kubectl(cluster, ['get', 'nodes', '--no-headers'])).toContain(' Ready ')
      await cluster.stop()
      expect(leftovers(dir)).toEqual([])
    },
    20 * MINUTES,
  )
})

describe.runIf(canHaveNode())('a start that is killed half-way', () => {
  const start = `const { startCluster } = await import(${JSON.stringify(join(import.meta.dirname, 'cluster.ts'))})
await startCluster({ dir: process.argv[1], node: true, outside: true, tmpfs: true })`

  test.each([300, 1_200, 2_500, 4_000, 6_000])(
    'after %i ms leaves nothing once it is removed',
    async (milliseconds) => {
      const dir = mkdtempSync(join(tmpdir(), 'koc-node-'))
      const starter = spawn(process.execPath, ['--input-type=module', '-e', start, dir], { stdio: 'ignore' })
      const ended = new Promise((resolve) => starter.once('exit', resolve))
      setTimeout(() => starter.kill('SIGKILL'), milliseconds)
      await ended
      await removeCluster(dir)
      // What had just been begun ends by itself, as there is no folder any more.
      await expect.poll(() => leftovers(dir)).toEqual([])
    },
    10 * MINUTES,
  )
})
