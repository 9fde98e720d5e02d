import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Guard } from '../functions/pod/guard/server.ts'
import { titleOf } from '../functions/task/builders.ts'
import { bundle } from '../infra/build/bundle.ts'
import { readDashboard } from '../infra/node/server/dashboard.ts'
import type { KubeObject } from '../shared/kubernetes.ts'
import type { ApiWorld } from '../test/apiserver/api-world.ts'
import { apiWorld } from '../test/apiserver/api-world.ts'
import type { AskingServer } from '../test/apiserver/asking-server.ts'
import { startAskingServer } from '../test/apiserver/asking-server.ts'
import type { PlayedNode } from '../test/apiserver/played-node.ts'
import { letServerStart, playGuard, playNode } from '../test/apiserver/played-node.ts'
import { openBrowser } from '../test/browser/chromium.ts'
import { visitor } from '../test/browser/visits.ts'

const namespace = 'team'
let world: ApiWorld
let browser: Browser
let node: PlayedNode
let guard: Guard
let openCode: AskingServer
let token: string
let viewer: string

/** The kubelet says whether the agent waits. */
const work = (isAsking: boolean) =>
  node.setStatus(namespace, 'publish-pod', {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: isAsking ? 'False' : 'True' }],
    containerStatuses: [
      { name: 'agent', image: 'i', imageID: 'i', ready: !isAsking, restartCount: 0, state: { running: {} } },
    ],
  })

beforeAll(async () => {
  await bundle(['ui'])
  openCode = await startAskingServer()
  world = await apiWorld('asking', { dashboard: readDashboard([join(import.meta.dirname, '../dist/ui')]) })
  node = await playNode(world.send, world.dir)
  browser = await openBrowser()
  token = await world.person('ada', 'kubeopencode-user')
  viewer = await world.person('grace', 'kubeopencode-viewer')
  const make = (kind: string, name: string, spec: object) =>
    world.cluster.create({
      apiVersion: 'kubeopencode.io/v1alpha1',
      kind,
      metadata: { name, namespace },
      spec,
    } as KubeObject)
  await make('Agent', 'careful', {
    profile: 'Asks before it runs commands',
    maxConcurrentTasks: 3,
    workspaceDir: '/workspace',
    serviceAccountName: 'default',
    port: openCode.port,
    config: { permission: { bash: 'ask' } },
    approvals: { timeout: '10m' },
  })
  const base = { workspaceDir: '/workspace', serviceAccountName: 'default' }
  await make('Agent', 'reviewer', { ...base, profile: 'Reads what others wrote', suspend: true })
  await make('Task', 'review-the-change', { agentRef: { name: 'reviewer' }, description: 'Read the last change.' })
  await make('Task', 'update-the-docs', { agentRef: { name: 'writer' }, description: 'Bring the guide up to date.' })
  guard = await playGuard(world, namespace, 'careful', openCode.port)
  await letServerStart(world, node, namespace, 'careful')
  await make('Task', 'publish', { agentRef: { name: 'careful' }, description: 'Publish the package.' })
  await node.awaitPod(namespace, 'publish-pod')
  const made = await world.until(
    () => world.cluster.get({ kind: 'Task', namespace, name: 'publish' }),
    (found) => found?.status?.phase === 'Running',
  )
  if (made) openCode.state.session.push({ id: 'ses_1', title: titleOf(made) })
  await work(false)
}, 900_000)

afterAll(async () => {
  await browser?.close()
  guard?.close()
  await node?.close()
  await openCode?.close()
  await world?.close()
})

const ask = async (id: string, command: string): Promise<void> => {
  openCode.state.permission.push({
    id,
    sessionID: 'ses_1',
    permission: 'bash',
    patterns: [command],
    always: [`${command.split(' ')[0]} *`],
  } as never)
  await work(true)
}

test('a question stands out wherever its Task is, and is answered on its page', async () => {
  const ada = await visitor(browser, world.url)({ colorScheme: 'light', width: 1280 }, '/?namespace=team', token)
  const { page } = ada
  await page.getByRole('link', { name: 'Asking 0 wait for you' }).waitFor()
  await ask('per_1', 'npm publish --access public')
  await page.getByRole('link', { name: 'Asking 1 waits for you' }).waitFor()
  await page.getByRole('heading', { name: 'Waits for your answer' }).waitFor()
  await ada.picture('overview-asking')
  await page.getByRole('link', { name: 'Asking 1 waits for you' }).click()
  const row = page.getByRole('link', { name: /Asking.*publish.*npm publish --access public/ })
  await row.waitFor()
  const found = (await ada.faults()).map((text) => `list: ${text}`)
  await row.click()
  await page.getByRole('region', { name: 'What is asked' }).getByText('bash: npm publish --access public').waitFor()
  await page.getByText(/denied in [5-9]m if nobody answers/).waitFor()
  // Its buttons are held for as long as it takes to see that this is another question.
  await expect.poll(() => page.getByRole('button', { name: 'Approve once' }).isEnabled()).toBe(true)
  found.push(...(await ada.faults()))
  await ada.picture('task-asking')
  await page.getByRole('button', { name: 'Approve once' }).click()
  await page.getByRole('heading', { name: 'The agent asks for leave' }).waitFor({ state: 'detached' })
  await page.getByText('Approved once').waitFor()
  await page.getByText('by team/ada').waitFor()
  await expect.poll(() => openCode.heard).toEqual([{ path: '/permission/per_1/reply', body: { reply: 'once' } }])
  await ada.close()
  expect(found).toEqual([])
  expect(ada.complaints).toEqual([])
})

test('always, a denial with its words, and a reply reach the agent as they were meant', async () => {
  const ada = await visitor(browser, world.url)({ colorScheme: 'dark', width: 390 }, '/tasks/team/publish', token)
  const { page } = ada
  const asked = page.getByRole('region', { name: 'What is asked' })
  await ask('per_2', 'git push')
  await asked.getByText('bash: git push').waitFor()
  await expect.poll(() => page.getByRole('button', { name: 'Approve once' }).isEnabled()).toBe(true)
  await ada.picture('task-asking-dark-narrow')
  const found = await ada.faults()
  await page.getByText('from now on without asking').getByText('bash: git *').waitFor()
  await page.getByRole('button', { name: 'Approve always' }).click()
  const sure = page.getByRole('dialog', { name: 'Approve always?' })
  await sure.getByText('bash: git *').waitFor()
  await sure.getByRole('button', { name: 'Approve always' }).click()
  await page.getByText('Approved always').waitFor()
  await ask('per_3', 'rm -r build')
  await asked.getByText('bash: rm -r build').waitFor()
  await page.getByLabel('Words to go with a denial').fill('not on a Friday')
  await page.getByRole('button', { name: 'Deny' }).click()
  await page.getByText('not on a Friday').waitFor()
  openCode.state.question.push({
    id: 'que_1',
    sessionID: 'ses_1',
    questions: [{ question: 'Which branch?', header: 'Branch', options: [{ label: 'main' }] }],
  } as never)
  await asked.getByText('Which branch?').waitFor()
  await expect.poll(() => page.getByRole('button', { name: 'Reply' }).isDisabled()).toBe(true)
  await page.getByLabel('Your answer').fill('main')
  await page.getByRole('button', { name: 'Reply' }).click()
  await page.getByText('Answered', { exact: true }).first().waitFor()
  await expect
    .poll(() => openCode.heard.slice(1))
    .toEqual([
      { path: '/permission/per_2/reply', body: { reply: 'always' } },
      { path: '/permission/per_3/reply', body: { reply: 'reject', message: 'not on a Friday' } },
      { path: '/question/que_1/reply', body: { answers: [['main']] } },
    ])
  await ada.close()
  expect(found).toEqual([])
  expect(ada.complaints).toEqual([])
})

test('who may only look sees the question and is told what an answer takes', async () => {
  const grace = await visitor(browser, world.url)({ colorScheme: 'light', width: 390 }, '/tasks/team/publish', viewer)
  await ask('per_4', 'npm publish')
  await grace.page.getByText('An answer needs the right to patch tasks in team.').waitFor()
  await expect.poll(() => grace.page.getByRole('button', { name: 'Approve once' }).isDisabled()).toBe(true)
  await grace.close()
})
