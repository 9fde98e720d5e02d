import { connect, createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, test } from 'vitest'
import { openBrowser } from '../browser/chromium.ts'
import { looks, visitor } from '../browser/visits.ts'
import { addressOfServer, mockConfig, openWorld, template } from './world.ts'

const world = await openWorld('e2e-journey')
let browser: Browser
let tunnel: Server
let token: string

/** The Service of the dashboard on a loopback port, as `kubectl port-forward` has it: browsers trust that one. */
const openTunnel = async (): Promise<Server> => {
  const [host = '', port] = (await addressOfServer()).split(':')
  const server = createServer((near) => {
    const far = connect(Number(port), host)
    near.pipe(far).pipe(near)
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

beforeAll(async () => {
  browser = await openBrowser()
  await world.apply(
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: world.namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    },
    template('team-base', { config: { ...mockConfig, permission: { bash: 'ask' } } }),
  )
  await world.kubectl('create', 'serviceaccount', 'newcomer')
  for (const role of ['kubeopencode-user', 'kubeopencode-agent-admin'])
    await world.kubectl(
      'create',
      'rolebinding',
      role,
      `--clusterrole=${role}`,
      `--serviceaccount=${world.namespace}:newcomer`,
    )
  token = (await world.kubectl('create', 'token', 'newcomer')).trim()
  tunnel = await openTunnel()
})

afterAll(async () => {
  await browser?.close()
  tunnel?.close()
})

/** A badge beside the heading, once it says so. */
const isNow = (page: Page, state: string, seconds = 420): Promise<void> =>
  page.locator('.heading .badge', { hasText: state }).waitFor({ timeout: seconds * 1000 })

/** Both themes and both widths; that every page is well in all four is told by `ui/dashboard.apiserver.test.ts`. */
const journeys = looks.filter(({ name }) => name === 'light-wide' || name === 'dark-narrow')

/** Side by side: most of it is waiting, for Pods, for servers, and for an agent that thinks. */
test.concurrent.for(journeys)(
  'a newcomer with the dashboard alone, in $name, makes an Agent, gives it work, answers it, types in its terminal, lets it sleep, and schedules more',
  { timeout: 1_800_000 },
  async ({ name: look, ...size }, { expect }) => {
    const agent = `coder-${look}`
    const task = (name: string): string => `${name}-${look}`
    const url = `http://127.0.0.1:${(tunnel.address() as AddressInfo).port}`
    const { page, picture, faults, close, complaints } = await visitor(browser, url)(
      size,
      `/?namespace=${world.namespace}`,
      token,
    )
    const menu = (name: string): Promise<void> => page.getByRole('navigation').getByRole('link', { name }).click()
    const giveTask = async (name: string, words: string): Promise<void> => {
      await menu('Agents')
      await page.getByRole('link', { name: new RegExp(agent) }).click()
      await page.getByRole('link', { name: 'Give it a Task' }).click()
      await page.getByLabel('What is to be done').fill(words)
      await page.getByLabel('Name', { exact: true }).fill(task(name))
      await page.getByText('The server would take it.').waitFor()
      await page.getByRole('button', { name: 'Create Task' }).click()
      await page.getByRole('heading', { name: task(name) }).waitFor()
    }

    // An Agent from a template.
    await menu('Templates')
    await page.getByRole('link', { name: /team-base/ }).click()
    await page.getByRole('link', { name: 'New Agent from it' }).click()
    await page.getByLabel('Name', { exact: true }).fill(agent)
    await page.getByLabel('Profile').fill('Writes and repairs code')
    await page.getByRole('button', { name: 'Create Agent' }).click()
    await isNow(page, 'Ready')

    // A Task, watched, with a tool call that is approved.
    await giveTask('first', '[[bash:echo from-the-shell]]')
    await page
      .getByRole('region', { name: 'What is asked' })
      .getByText('echo from-the-shell')
      .waitFor({ timeout: 420_000 })
    await picture(`journey-asking-${look}`)
    expect(await faults()).toEqual([])
    await page.getByRole('button', { name: 'Approve once' }).click()
    await isNow(page, 'Completed')
    await page.getByRole('region', { name: 'Log' }).getByText('from-the-shell').first().waitFor()
    await page.getByRole('button', { name: 'Show' }).first().click()
    await page.locator('.transcript summary').getByText('echo from-the-shell').waitFor()
    await picture(`journey-done-${look}`)
    expect(await faults()).toEqual([])

    // Asleep, a Task waits and says why; the terminal wakes the Agent, and the Task goes on.
    await menu('Agents')
    await page.getByRole('link', { name: new RegExp(agent) }).click()
    await page.getByRole('button', { name: 'Suspend' }).click()
    await isNow(page, 'Suspended')
    await giveTask('second', 'Say hello.')
    await page.getByText('Why it waits').waitFor()
    await page.getByText('AgentSuspended').first().waitFor()
    await picture(`journey-waiting-${look}`)
    await page.getByRole('link', { name: agent, exact: true }).click()
    await page.getByRole('button', { name: 'Open a terminal' }).click()
    // Lines that are longer than the screen are wrapped; as text of the page they are whole.
    const shown = async (): Promise<string> => (await page.locator('.xterm-rows').textContent()) ?? ''
    await expect.poll(shown, { timeout: 180_000 }).toContain('is suspended; waking it')
    await isNow(page, 'Ready')
    // A terminal echoes what is typed before its program draws: only OpenCode's own screen says that it listens.
    await expect.poll(shown, { timeout: 420_000, interval: 500 }).toMatch(/^(?!.*waking it).*Ask anything/s)
    const typed = 'typed-in-a-browser'
    await page.locator('.xterm-helper-textarea').focus()
    // Keys that come before the program listens are lost.
    await expect
      .poll(
        async () => {
          if (!(await shown()).includes(typed)) await page.keyboard.type(typed)
          return shown()
        },
        { timeout: 180_000, interval: 3_000 },
      )
      .toContain(typed)
    await picture(`journey-terminal-${look}`)
    expect(await faults()).toEqual([])
    await page.keyboard.press('F6')
    await page.getByRole('button', { name: 'Close the terminal' }).click()
    await page
      .getByRole('list', { name: 'Recent Tasks' })
      .getByRole('link', { name: /Completed.*second/ })
      .waitFor({ timeout: 420_000 })
    const sessions = page.locator('.section', { hasText: 'What its server remembers' })
    await sessions.getByRole('button', { name: 'Show' }).click()
    await page.getByRole('list', { name: 'Sessions' }).getByText(task('second')).waitFor()
    await page.getByRole('button', { name: 'Suspend' }).click()
    await isNow(page, 'Suspended')
    await page.getByRole('button', { name: 'Resume' }).click()
    await isNow(page, 'Ready')

    // A schedule, and a run of it now.
    await menu('CronTasks')
    await page.getByRole('link', { name: 'New CronTask' }).click()
    await page.getByLabel('Schedule').fill('0 3 * * 1-5')
    await page.getByText('At 03:00 on weekdays.').waitFor()
    await page.getByLabel('Who does it').selectOption(`agent/${agent}`)
    await page.getByLabel('What is to be done').fill('Say good morning.')
    await page.getByLabel('Name', { exact: true }).fill(task('nightly'))
    await page.getByText('The server would take it.').waitFor()
    await page.getByRole('button', { name: 'Create CronTask' }).click()
    await page.getByRole('heading', { name: task('nightly') }).waitFor()
    await page.getByRole('button', { name: 'Run now' }).click()
    await page.getByRole('heading', { name: new RegExp(`^${task('nightly')}-\\d+$`) }).waitFor()
    await isNow(page, 'Completed')
    await menu('Overview')
    await page.getByText('Completed in the last day').waitFor()
    await picture(`journey-overview-${look}`)
    await close()
    expect(complaints).toEqual([])
  },
)
