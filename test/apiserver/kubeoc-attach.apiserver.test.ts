import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { annotations } from '../../crds/names.ts'
import { basicAuth } from '../../cli/agent/proxy.ts'
import type { Guard } from '../../functions/pod/guard/server.ts'
import { serverPasswordName, serverUser, serverUserName } from '../../shared/server-access.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { inTerminal } from '../builders/terminal.ts'
import type { Bench, Served as Server } from '../pod/opencode.ts'
import { makeBench, opencodeBinary, serveOpencode } from '../pod/opencode.ts'
import type { PlayedNode } from './played-node.ts'
import { letServerStart, playGuard, playNode, serverPassword } from './played-node.ts'
import type { Served } from './served.ts'
import { serve } from './served.ts'

/** The real OpenCode at both ends, the real apiserver and the real guard between them, and a terminal in front. */
let bench: Bench
let server: Server
let served: Served
let node: PlayedNode
let guard: Guard
let password: string
const namespace = 'default'
/** The apiserver tells its time in whole seconds, with its answers. */
const clockSlackMs = 10_000

beforeAll(async () => {
  bench = await makeBench()
  served = await serve('kubeoc-attach')
  node = await playNode(served.send, served.dir)
  await served.cluster.create({
    apiVersion: 'kubeopencode.io/v1alpha1',
    kind: 'Agent',
    metadata: { name: 'coder', namespace },
    spec: {
      workspaceDir: '/workspace',
      serviceAccountName: 'default',
      standby: { idleTimeout: '10m' },
    },
  } as KubeObject)
  password = await serverPassword(served, namespace, 'coder')
  server = await serveOpencode(bench, { [serverUserName]: serverUser, [serverPasswordName]: password })
  guard = await playGuard(served, namespace, 'coder', Number(new URL(server.url).port))
}, 1_200_000)
afterAll(async () => {
  guard?.close()
  await node?.close()
  await served?.close()
  await server?.stop()
  await bench?.close()
})

test('a person sits down beside the agent, is heard by its model, and leaves', async () => {
  const bin = join(bench.folder, 'bin')
  await mkdir(bin)
  await symlink(opencodeBinary, join(bin, 'opencode'))
  const began = Date.now()
  const { screen, type, ended } = inTerminal(
    `exec '${process.execPath}' cli/main.ts agent attach coder --kubeconfig '${served.kubeconfig}'`,
    { ...bench.env, PATH: `${bin}:${bench.env['PATH']}` },
  )
  // Its server is not there yet, and the person is told so.
  await served.until(
    async () => screen(),
    (text) => /Agent coder starts/.test(text),
  )
  await letServerStart(served, node, namespace, 'coder')
  await served.until(
    async () => screen(),
    (text) => /Ask anything/.test(text),
  )

  // Keys that come before the program listens are lost: they are typed again while they were not heard.
  const patience = { timeout: 180_000, interval: 3_000 }
  await expect
    .poll(() => {
      if (!/hello to the team/.test(screen())) type('Say hello to the team')
      return screen().slice(-4_000)
    }, patience)
    .toMatch(/hello to the team/)
  await expect
    .poll(() => {
      const isHeard = bench.moves.some(({ prompt }) => prompt.includes('Say hello to the team'))
      if (!isHeard) type('\r')
      return isHeard
    }, patience)
    .toBe(true)
  const sessions = (await (
    await fetch(`${server.url}/session`, { headers: { authorization: basicAuth(serverUser, password) } })
  ).json()) as { directory: string }[]
  expect(sessions).toHaveLength(1)

  const agent = await served.cluster.get({ kind: 'Agent', namespace, name: 'coder' })
  const beat = Date.parse(agent?.metadata.annotations?.[annotations.lastConnectionActive] ?? '')
  expect(beat).toBeGreaterThanOrEqual(began - clockSlackMs)

  type('\u0003')
  const leaving = setInterval(() => type('\u0003'), 1500)
  expect(await ended.finally(() => clearInterval(leaving))).toBe(0)
  expect(screen()).not.toContain(password)
}, 600_000)
