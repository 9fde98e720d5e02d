import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cluster, openCluster, removeCluster, startCluster } from './cluster.ts'
import { processesNaming } from './process-list.ts'

const dir = mkdtempSync(join(tmpdir(), 'koc-'))
let cluster: Cluster

beforeAll(async () => {
  cluster = await startCluster({
    dir,
    node: false,
    tmpfs: true,
    audit: true,
    name: 'smoke',
    admissionPlugins: ['OwnerReferencesPermissionEnforcement'],
  })
}, 1_200_000)

afterAll(async () => {
  await cluster?.stop()
  rmSync(dir, { recursive: true, force: true })
}, 300_000)

const kubectl = (...args: string[]): string =>
  execFileSync(cluster.kubectl, ['--kubeconfig', cluster.kubeconfig, ...args], { encoding: 'utf8' })

test('answers kubectl with the namespaces of a new cluster', () => {
  expect(kubectl('get', 'namespaces', '-o', 'name')).toContain('namespace/default')
})

test('writes each request with its user into the audit log', () => {
  kubectl('create', 'configmap', 'seen')
  const requests = readFileSync(cluster.auditLog!, 'utf8').trimEnd().split('\n')
  const made = requests.map((line) => JSON.parse(line)).filter(({ objectRef }) => objectRef?.name === 'seen')
  expect(made).toMatchObject([{ verb: 'create', user: { username: 'admin' }, responseStatus: { code: 201 } }])
})

test('keeps what it knows over a restart of the apiserver', async () => {
  kubectl('create', 'configmap', 'kept')
  await cluster.restartApiserver()
  expect(kubectl('get', 'configmap', 'kept', '-o', 'name').trim()).toBe('configmap/kept')
}, 300_000)

test('is repaired by opening it again', async () => {
  process.kill(Number(readFileSync(join(dir, 'run', 'kube-apiserver.pid'), 'utf8').split('\n')[0]), 'SIGKILL')
  const again = await openCluster(dir)
  expect(again?.url).toBe(cluster.url)
  expect(kubectl('get', 'namespaces', '-o', 'name')).toContain('namespace/default')
}, 300_000)

test('is not there when nothing was started', async () => {
  expect(await openCluster(join(dir, 'nothing'))).toBeUndefined()
})

test('touches no folder that holds something else', async () => {
  const foreign = mkdtempSync(join(tmpdir(), 'koc-foreign-'))
  writeFileSync(join(foreign, 'thesis.txt'), 'years of work')
  await expect(startCluster({ dir: foreign, node: false })).rejects.toThrow('holds other things than a cluster')
  await expect(removeCluster(foreign)).rejects.toThrow('holds other things than a cluster')
  expect(readFileSync(join(foreign, 'thesis.txt'), 'utf8')).toBe('years of work')
  rmSync(foreign, { recursive: true })
})

test('leaves nothing behind', async () => {
  await cluster.stop()
  expect(existsSync(dir)).toBe(false)
  expect(processesNaming(dir)).toEqual([])
}, 300_000)
