import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundle } from '../infra/build/bundle.ts'
import { readDashboard } from '../infra/node/server/dashboard.ts'
import type { ApiWorld } from '../test/apiserver/api-world.ts'
import { apiWorld } from '../test/apiserver/api-world.ts'
import type { Kubelet } from '../test/apiserver/kubelet.ts'
import { startKubelet } from '../test/apiserver/kubelet.ts'
import { openBrowser } from '../test/browser/chromium.ts'
import type { Look, Visit } from '../test/browser/visits.ts'
import { looks, visitor } from '../test/browser/visits.ts'

const root = join(import.meta.dirname, '..')
const basePath = '/koc'
const group = '/apis/kubeopencode.io/v1alpha1/namespaces/team'

const longName = `a-task-${'with-a-long-name-'.repeat(3)}abcde`

let world: ApiWorld
let browser: Browser
let kubelet: Kubelet
let token: string
let viewer: string

const made = async (kind: string, plural: string, name: string, spec: object, metadata: object = {}): Promise<void> => {
  const response = await world.send('POST', `${group}/${plural}`, {
    body: { apiVersion: 'kubeopencode.io/v1alpha1', kind, metadata: { name, ...metadata }, spec },
  })
  if (!response.ok) throw new Error(`${plural}/${name}: ${response.status} ${await response.text()}`)
}

beforeAll(async () => {
  await bundle(['ui'])
  const dashboard = readDashboard([join(root, 'dist/ui')])
  world = await apiWorld('dashboard', { dashboard, basePath })
  kubelet = await startKubelet(world.dir, world.send)
  browser = await openBrowser()
  token = await world.person('ada', 'kubeopencode-user', 'kubeopencode-agent-admin')
  viewer = await world.person('grace', 'kubeopencode-viewer')
  const agent = { workspaceDir: '/workspace', serviceAccountName: 'default' }
  await made('Agent', 'agents', 'coder', { ...agent, profile: 'Writes and repairs code', maxConcurrentTasks: 2 })
  await made('Agent', 'agents', 'reviewer', { ...agent, profile: 'Reads what others wrote', suspend: true })
  await made('Agent', 'agents', 'night-owl', { ...agent, standby: { idleTimeout: '30m' } })
  const work = (description: string, name = 'coder') => ({ agentRef: { name }, description })
  await made('Task', 'tasks', 'fix-the-tests', work('Run the tests, and repair what fails.'), {
    labels: { team: 'web' },
  })
  await made('Task', 'tasks', 'review-the-change', work('Read the last change and say what is wrong.', 'reviewer'))
  await made('Task', 'tasks', 'lost', work('Work for an Agent that is not there.', 'nobody'))
  await made('Task', 'tasks', longName, work('A name as long as it may be.', 'reviewer'))
  await made('AgentTemplate', 'agenttemplates', 'base', agent)
  await made('Task', 'tasks', 'say-something', { templateRef: { name: 'base' }, description: 'Say something.' })
  await made('CronTask', 'crontasks', 'nightly', {
    schedule: '0 3 * * 1-5',
    timeZone: 'Europe/Berlin',
    taskTemplate: { spec: work('Update the dependencies and run the tests.') },
  })
  await world.until(
    async () => (await (await world.send('GET', `${group}/tasks/review-the-change`)).json()) as TaskSeen,
    ({ status }) => status?.phase === 'Queued',
  )
}, 900_000)

afterAll(async () => {
  await browser?.close()
  await kubelet?.close()
  await world?.close()
})

/** The Pod of a Task stands on the node that the test plays, in this state. */
const stands = async (task: string, phase: string, state: object): Promise<void> => {
  const pod = `/api/v1/namespaces/team/pods/${task}-pod`
  const seen = await world.until(
    async () => (await (await world.send('GET', pod)).json()) as PodSeen,
    ({ spec }) => spec !== undefined,
  )
  if (seen.spec?.nodeName === undefined)
    await world.send('POST', `${pod}/binding`, {
      body: {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name: `${task}-pod` },
        target: { apiVersion: 'v1', kind: 'Node', name: kubelet.node },
      },
    })
  const statusOf = (name: string, state: object) => ({
    name,
    image: 'a',
    imageID: 'a',
    ready: false,
    restartCount: 0,
    state,
  })
  const init = (seen.spec?.initContainers ?? []).map(({ name }) => statusOf(name, { terminated: { exitCode: 0 } }))
  const response = await world.send('PATCH', `${pod}/status`, {
    body: { status: { phase, initContainerStatuses: init, containerStatuses: [statusOf('agent', state)] } },
    headers: { 'content-type': 'application/merge-patch+json' },
  })
  if (!response.ok) throw new Error(`${task}-pod: ${response.status} ${await response.text()}`)
}

interface PodSeen {
  readonly spec?: { readonly nodeName?: string; readonly initContainers?: readonly { readonly name: string }[] }
}

interface TaskSeen {
  readonly status?: { readonly phase?: string }
}

/** A page of somebody with this token, of Ada where none is given. */
const visit = (look: Look, path: string, secret = token): Promise<Visit> =>
  visitor(browser, `${world.url}${basePath}`)(look, path, secret)

describe.each(looks)('in $name', ({ name: look, ...size }) => {
  const shots = [
    { name: 'overview', path: '/?namespace=team', sees: 'At work' },
    { name: 'tasks', path: '/tasks?namespace=team', sees: 'fix-the-tests' },
    { name: 'tasks-none', path: '/tasks?namespace=team&phase=Completed&q=nothing', sees: 'No Task matches' },
    { name: 'task', path: '/tasks/team/review-the-change', sees: 'Why it waits' },
    { name: 'task-failed', path: '/tasks/team/lost', sees: 'Why it failed' },
    { name: 'task-long-name', path: `/tasks/team/${longName}`, sees: 'Why it waits' },
    { name: 'agents', path: '/agents?namespace=team', sees: 'reviewer' },
    { name: 'agent', path: '/agents/team/coder', sees: 'DeploymentCreated' },
    { name: 'crontasks', path: '/crontasks?namespace=team', sees: 'nightly' },
    { name: 'crontask', path: '/crontasks/team/nightly', sees: 'Next runs' },
    { name: 'templates', path: '/agenttemplates?namespace=team', sees: 'base' },
    { name: 'template', path: '/agenttemplates/team/base', sees: 'Used by 0 Agents' },
    { name: 'settings', path: '/config?namespace=team', sees: 'You may not see the settings' },
    { name: 'new-task', path: '/new/tasks?namespace=team&agent=coder', sees: 'What will be created' },
    { name: 'new-agent', path: '/new/agents?namespace=team', sees: 'What will be created' },
    { name: 'new-crontask', path: '/new/crontasks?namespace=team', sees: 'What will be created' },
    { name: 'new-template', path: '/new/agenttemplates?namespace=team', sees: 'What will be created' },
  ]

  test('every page is whole, fits, and has nothing that axe objects to', async () => {
    const { page, go, picture, faults, close, complaints } = await visit(size, '/?namespace=team')
    const found: string[] = []
    for (const { name, path, sees } of shots) {
      await go(path)
      await page.getByText(sees).first().waitFor()
      await picture(`${name}-${look}`)
      found.push(...(await faults()).map((text) => `${name}: ${text}`))
    }
    await close()
    expect(found).toEqual([])
    expect(complaints).toEqual([])
  })
})

describe('somebody who looks', () => {
  test('sees what changes without a reload, and can stop and delete a Task', async () => {
    const { page, context, complaints } = await visit({ colorScheme: 'light', width: 1280 }, '/tasks?namespace=team')
    await made('Task', 'tasks', 'brand-new', { agentRef: { name: 'reviewer' }, description: 'Appear by yourself.' })
    await page.getByRole('link', { name: /brand-new/ }).click()
    await page.getByText('Why it waits').waitFor()
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByText('Stopped', { exact: true }).first().waitFor()
    await expect.poll(() => page.getByRole('button', { name: 'Stop' }).isDisabled()).toBe(true)
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('button', { name: 'Keep it' }).click()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('heading', { name: 'Tasks' }).waitFor()
    await page.getByRole('link', { name: /brand-new/ }).waitFor({ state: 'detached' })
    await context.close()
    expect(complaints).toEqual([])
  })

  test('misses nothing when every connection is lost', async () => {
    const { page, context } = await visit({ colorScheme: 'light', width: 1280 }, '/tasks?namespace=team')
    world.cut()
    await made('Task', 'tasks', 'meanwhile', { agentRef: { name: 'reviewer' }, description: 'Nobody was listening.' })
    await page.getByRole('link', { name: /Queued.*meanwhile/ }).waitFor()
    const deleted = await world.send('DELETE', `${group}/tasks/meanwhile`)
    expect(deleted.ok).toBe(true)
    await page.getByRole('link', { name: /meanwhile/ }).waitFor({ state: 'detached' })
    await context.close()
  })

  test('reads the log as it is written, searches it and sees the end', async () => {
    for (const container of ['opencode-init', 'context-init']) kubelet.end('say-something-pod', container)
    const say = (second: number, text: string): void =>
      kubelet.say('say-something-pod', 'agent', `2026-06-01T12:00:0${second}.000000000Z ${text}`)
    say(1, '\u001B[32mI look at the tests\u001B[0m')
    await stands('say-something', 'Running', { running: { startedAt: '2026-06-01T12:00:00Z' } })
    const { page, context, complaints, picture } = await visit(
      { colorScheme: 'light', width: 1280 },
      '/tasks/team/say-something',
    )
    const log = page.getByRole('region', { name: 'Log' })
    await log.getByText('I look at the tests', { exact: true }).waitFor()
    say(2, 'one of them fails')
    await log.getByText('one of them fails').waitFor()
    await picture('task-log')
    await page.getByLabel('Search the log').fill('fails')
    await log.getByText('I look at the tests').waitFor({ state: 'detached' })
    kubelet.end('say-something-pod', 'agent')
    await stands('say-something', 'Succeeded', { terminated: { exitCode: 0 } })
    await page.getByText('Completed', { exact: true }).first().waitFor()
    await page.getByText('2 lines, complete').waitFor()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download' }).click(),
    ])
    expect(download.suggestedFilename()).toBe('team-say-something.log')
    expect(readFileSync(await download.path(), 'utf8')).toContain('agent one of them fails\n')
    await context.close()
    expect(complaints).toEqual([])
  })

  test('keeps filters in the address and moves by keys', async () => {
    const { page, context } = await visit({ colorScheme: 'dark', width: 1280 }, '/tasks?namespace=team')
    await page.getByText('fix-the-tests').waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('repair')
    await page.getByRole('link', { name: /review-the-change/ }).waitFor({ state: 'detached' })
    await page.waitForURL('**/tasks?namespace=team&q=repair')
    await page.reload()
    await page.getByRole('link', { name: /fix-the-tests/ }).waitFor()
    await expect.poll(() => page.getByRole('list', { name: 'Tasks' }).getByRole('link').count()).toBe(1)
    await page.getByLabel('Label selector').fill('team=mobile')
    await page.getByText('No Task matches').waitFor()
    await page.getByRole('heading', { name: 'Tasks', exact: true }).click()
    await page.keyboard.press('g')
    await page.keyboard.press('a')
    await page.getByRole('heading', { name: 'Agents' }).waitFor()
    await page.waitForURL('**/agents?namespace=team')
    await page.keyboard.press('?')
    await page.getByRole('heading', { name: 'Keys' }).waitFor()
    await context.close()
  })

  test('suspends and wakes an Agent, holds a CronTask and runs it now', async () => {
    const { page, context, complaints } = await visit({ colorScheme: 'light', width: 390 }, '/agents/team/night-owl')
    await page.getByRole('button', { name: 'Suspend' }).click()
    await page.getByText('Suspended', { exact: true }).first().waitFor()
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByRole('button', { name: 'Suspend' }).waitFor()
    await page.goto(`${world.url}${basePath}/crontasks/team/nightly`)
    await page.getByText('At 03:00 on weekdays').waitFor()
    await expect.poll(() => page.locator('.next li').count()).toBe(5)
    await page.getByRole('button', { name: 'Suspend' }).click()
    await page.getByText('these pass without a Task').waitFor()
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByText('these pass without a Task').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Run now' }).click()
    await page.getByRole('heading', { name: /^nightly-\d+$/ }).waitFor()
    await context.close()
    expect(complaints).toEqual([])
  })

  test('without the right to is told which one is missing', async () => {
    const { page, context } = await visit(
      { colorScheme: 'light', width: 1280 },
      '/tasks/team/review-the-change',
      viewer,
    )
    await page
      .getByText('Stop, Edit and run and Delete need the right to patch tasks, create tasks and delete tasks in team.')
      .waitFor()
    await expect.poll(() => page.getByRole('button', { name: 'Stop' }).isDisabled()).toBe(true)
    await page.goto(`${world.url}${basePath}/`)
    await page.getByText('Choose or name a namespace').waitFor()
    await context.close()
  })

  test('is told in a sentence that a token is not taken', async () => {
    const page = await browser.newPage()
    page.setDefaultTimeout(120_000)
    await page.goto(`${world.url}${basePath}/tasks`)
    await page.getByLabel('Token').fill('no-token-of-anybody')
    await page.getByRole('button', { name: 'Log in' }).click()
    expect(await page.getByRole('alert').textContent()).toMatch(/^The apiserver does not know this token/)
    await page.screenshot({ path: join(root, '.cache/screenshots/login.png') })
    await page.close()
  })
})
