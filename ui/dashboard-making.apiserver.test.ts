import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundle } from '../infra/build/bundle.ts'
import { readDashboard } from '../infra/node/server/dashboard.ts'
import type { KubeObject } from '../shared/kubernetes.ts'
import type { ApiWorld } from '../test/apiserver/api-world.ts'
import { apiWorld } from '../test/apiserver/api-world.ts'
import { openBrowser } from '../test/browser/chromium.ts'
import type { Look, Visit } from '../test/browser/visits.ts'
import { visitor } from '../test/browser/visits.ts'

const namespace = 'team'
let world: ApiWorld
let browser: Browser
let token: string
let viewer: string

const make = (kind: string, name: string, spec: object) =>
  world.cluster.create({
    apiVersion: 'kubeopencode.io/v1alpha1',
    kind,
    metadata: { name, namespace },
    spec,
  } as KubeObject)

beforeAll(async () => {
  await bundle(['ui'])
  world = await apiWorld('making', { dashboard: readDashboard([join(import.meta.dirname, '../dist/ui')]) })
  browser = await openBrowser()
  token = await world.person('ada', 'kubeopencode-user', 'kubeopencode-agent-admin')
  viewer = await world.person('grace', 'kubeopencode-viewer')
  await make('AgentTemplate', 'team-base', { workspaceDir: '/workspace', serviceAccountName: 'default' })
  await make('Agent', 'reviewer', { workspaceDir: '/workspace', serviceAccountName: 'default', suspend: true })
}, 900_000)

afterAll(async () => {
  await browser?.close()
  await world?.close()
})

const wide: Look = { colorScheme: 'light', width: 1280 }
const narrow: Look = { colorScheme: 'dark', width: 390 }

const visit = (look: Look, path: string, secret = token): Promise<Visit> =>
  visitor(browser, world.url)(look, path, secret)

const manifest = (page: Page): Promise<string | null> => page.getByRole('region', { name: 'Manifest' }).textContent()

describe('somebody who makes something', () => {
  test('gives an Agent a Task, sees what will be made, and runs it again', async () => {
    const { page, picture, faults, close, complaints } = await visit(wide, '/tasks?namespace=team')
    await page.getByRole('link', { name: 'New Task' }).click()
    await page.getByRole('heading', { name: 'New Task' }).waitFor()
    await page.getByLabel('Who does it').selectOption('agent/reviewer')
    await page.getByLabel('What is to be done').fill('Read the last change.\nSay what is wrong.')
    await page.getByLabel('Name', { exact: true }).fill('Read It')
    // The apiserver's own words, at the field.
    await page.getByText(/RFC 1123 subdomain/).waitFor()
    await page.getByLabel('Name', { exact: true }).fill('read-it')
    await page.getByLabel('Timeout').fill('soon')
    await page.locator('#field-spec-timeout-says.fault').waitFor()
    await page.getByLabel('Timeout').fill('30m')
    await page.getByRole('button', { name: 'Add a context' }).click()
    await page.getByLabel('Type of context 1').selectOption('Git')
    await page.getByLabel('Repository').fill("ext::sh -c 'id'")
    await page.getByLabel('Folder').fill('docs')
    // The webhook's sentence, at the field.
    await page.locator('.context .fault').first().waitFor()
    await picture('new-task-fault')
    expect(await faults()).toEqual([])
    await page.getByLabel('Repository').fill('https://git.example.com/docs.git')
    await page.getByText('The server would take it.').waitFor()
    expect(await manifest(page)).toContain('description: |-\n    Read the last change.\n    Say what is wrong.\n')
    await page.getByRole('button', { name: 'Create Task' }).click()
    await page.getByRole('heading', { name: 'read-it' }).waitFor()
    await page.getByText('Why it waits').waitFor()
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByText('Stopped', { exact: true }).first().waitFor()
    await page.getByRole('button', { name: 'Run again' }).click()
    await page.getByRole('heading', { name: /^read-it-[a-z0-9]{5}$/ }).waitFor()
    await page.getByRole('button', { name: 'Edit and run' }).click()
    const editor = page.getByLabel('YAML')
    await editor.fill((await editor.inputValue()).replace('Say what is wrong.', 'Say what is good.'))
    await page.getByText('The server would take it.').waitFor()
    await page.getByRole('button', { name: 'Create Task' }).click()
    await page.getByText('Say what is good.').first().waitFor()
    await close()
    expect(complaints).toEqual([])
  })

  test('makes an Agent from a template, and a CronTask whose times are told while it is written', async () => {
    const { page, picture, faults, go, close, complaints } = await visit(narrow, '/new/agents?namespace=team')
    await page.getByLabel('Template').selectOption('team-base')
    await page.getByLabel('Name', { exact: true }).fill('coder')
    await page.getByLabel('Profile').fill('Writes and repairs code')
    await page.getByLabel('Tasks at once').fill('two')
    await page.locator('#field-spec-maxConcurrentTasks-says.fault').waitFor()
    await page.getByLabel('Tasks at once').fill('2')
    await page.getByText('The server would take it.').waitFor()
    await picture('new-agent-dark-narrow')
    expect(await faults()).toEqual([])
    await page.getByRole('button', { name: 'Create Agent' }).click()
    await page.getByRole('heading', { name: 'coder' }).waitFor()
    await page.getByText('Writes and repairs code').waitFor()

    await go('/new/crontasks?namespace=team&agent=coder')
    await page.getByLabel('Schedule').fill('0 3 * *')
    await page
      .getByText(/must have five fields|5 fields/)
      .first()
      .waitFor()
    await page.getByLabel('Schedule').fill('30 3 * * 1-5')
    await page.getByLabel('Time zone').fill('Europe/Berlin')
    await page.getByText('At 03:30 on weekdays.').waitFor()
    await page.getByText(/Next: .*03:30 · .*03:30 · .*03:30/).waitFor()
    await page.getByLabel('What is to be done').fill('Update the dependencies.')
    await page.getByLabel('Name', { exact: true }).fill('updates')
    await page.getByText('The server would take it.').waitFor()
    await picture('new-crontask-dark-narrow')
    expect(await faults()).toEqual([])
    await page.getByRole('button', { name: 'Create CronTask' }).click()
    await page.getByRole('heading', { name: 'updates' }).waitFor()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByText('Its Tasks go with it. This cannot be undone.').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('No CronTasks yet').waitFor()
    await close()
    expect(complaints).toEqual([])
  })

  test('changes an object as YAML: sees what would change, and never overwrites somebody else', async () => {
    const { page, picture, faults, close, complaints } = await visit(wide, '/agents/team/reviewer')
    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    const editor = page.getByLabel('YAML to edit')
    const begun = await editor.inputValue()
    expect(begun).not.toContain('status:')
    await editor.fill(begun.replace('spec:\n', 'spec:\n  profile: Reads what others wrote\n'))
    // What the schema knows is offered at the cursor, by keys alone.
    await editor.evaluate((element) => {
      const area = element as unknown as { value: string; setSelectionRange: (from: number, to: number) => void }
      const end = area.value.indexOf('what others wrote\n') + 'what others wrote\n'.length
      area.setSelectionRange(end, end)
    })
    await editor.press('Enter')
    await editor.press('ArrowUp')
    await page.keyboard.type('  maxC')
    await page.keyboard.press('Control+Space')
    await page.getByRole('option', { name: /maxConcurrentTasks/ }).waitFor()
    expect(await faults()).toEqual([])
    await picture('edit-yaml-offer')
    await page.keyboard.press('Enter')
    await page.keyboard.type('3')
    expect(await editor.inputValue()).toContain('\n  maxConcurrentTasks: 3\n')
    await page.keyboard.press('Control+Space')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'What would change?' }).click()
    await page.locator('.diff .added', { hasText: 'maxConcurrentTasks: 3' }).waitFor()
    await page.locator('.diff .added', { hasText: 'profile: Reads what others wrote' }).waitFor()
    await picture('edit-yaml')
    expect(await faults()).toEqual([])
    const other = await world.send('PATCH', `/apis/kubeopencode.io/v1alpha1/namespaces/${namespace}/agents/reviewer`, {
      body: { metadata: { labels: { by: 'somebody-else' } } },
      contentType: 'application/merge-patch+json',
    })
    expect(other.ok).toBe(true)
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Somebody changed it since it was read').waitFor()
    await page.getByRole('button', { name: 'Read it again' }).click()
    await expect.poll(() => editor.inputValue()).toContain('by: somebody-else')
    await editor.fill(
      (await editor.inputValue()).replace('spec:\n', 'spec:\n  profile: Reads\n  maxConcurrentTasks: -1\n'),
    )
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('spec.maxConcurrentTasks').first().waitFor()
    await editor.fill((await editor.inputValue()).replace('maxConcurrentTasks: -1', 'maxConcurrentTasks: 1'))
    await page.getByRole('button', { name: 'Save' }).click()
    await editor.waitFor({ state: 'detached' })
    await page.getByText('Reads', { exact: true }).first().waitFor()
    await close()
    expect(complaints).toEqual([])
  })

  test('chooses Tasks in the list, stops and deletes them together', async () => {
    const { page, picture, faults, close, complaints } = await visit(narrow, '/tasks?namespace=team')
    for (const name of ['one', 'two', 'three'])
      await make('Task', `bulk-${name}`, { agentRef: { name: 'reviewer' }, description: 'Wait for me.' })
    await page.getByLabel('Search').fill('bulk-')
    await page.getByRole('link', { name: /Queued.*bulk-three/ }).waitFor()
    await page.getByRole('button', { name: 'Choose' }).click()
    await page.getByLabel('Choose bulk-two').check()
    await page.getByLabel('Choose bulk-one').check()
    await picture('tasks-choosing-dark-narrow')
    expect(await faults()).toEqual([])
    const stopped: string[] = []
    page.on('request', (request) => {
      const { pathname, searchParams } = new URL(request.url())
      if (pathname.endsWith('/stop')) stopped.push(`${pathname.split('/').at(-2)} ${searchParams.get('uid')}`)
    })
    await page.getByRole('button', { name: 'Stop 2' }).click()
    await page.getByText('2 Tasks stopped.').waitFor()
    const meant = await Promise.all(
      ['bulk-one', 'bulk-two'].map(async (name) => {
        const found = await world.cluster.get({ kind: 'Task', namespace, name })
        return `${name} ${found?.metadata.uid}`
      }),
    )
    expect(stopped.toSorted()).toEqual(meant)
    // The page hears of it by its own stream.
    for (const name of ['bulk-one', 'bulk-two'])
      await page.getByRole('link', { name: new RegExp(`Queued.*${name}`) }).waitFor({ state: 'detached' })
    await page.getByLabel('All 3').check()
    await page.getByRole('button', { name: 'Delete 3' }).click()
    await page.getByText('and the work of 1 Task is ended').waitFor()
    await page.getByRole('button', { name: 'Delete 3 Tasks' }).click()
    await page.getByText('3 Tasks deleted.').waitFor()
    await page.getByRole('link', { name: /bulk-/ }).first().waitFor({ state: 'detached' })
    await close()
    expect(complaints).toEqual([])
  })

  test('who may makes the settings of the cluster, sees them and changes them', async () => {
    const root = await world.person('root', 'kubeopencode-viewer')
    const bound = await world.send('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      body: {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'root' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [{ kind: 'ServiceAccount', name: 'root', namespace }],
      },
    })
    expect(bound.ok).toBe(true)
    const { page, go, picture, faults, close, complaints } = await visit(wide, '/?namespace=team', root)
    await expect
      .poll(async () => {
        await go('/config?namespace=team')
        const nothing = page.getByText('Everything is as it comes')
        await nothing.or(page.getByText('You may not see the settings')).first().waitFor()
        return nothing.count()
      })
      .toBe(1)
    await page.getByRole('button', { name: 'Make one here' }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Finished Tasks').waitFor()
    await page.getByText('7d').waitFor()
    await picture('settings-there')
    expect(await faults()).toEqual([])
    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    const editor = page.getByLabel('YAML to edit')
    await editor.fill((await editor.inputValue()).replace('604800', '86400'))
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('1d', { exact: true }).waitFor()
    await close()
    expect(complaints).toEqual([])
  })

  test('sees who uses a template, and makes an Agent from it', async () => {
    const { page, close, complaints } = await visit(wide, '/agenttemplates/team/team-base')
    await make('Agent', 'from-base', { templateRef: { name: 'team-base' } })
    await page.getByRole('list', { name: 'Agents that use it' }).getByText('from-base').waitFor()
    await page.getByRole('link', { name: 'New Agent from it' }).click()
    await expect.poll(() => page.getByLabel('Template').inputValue()).toBe('team-base')
    await close()
    expect(complaints).toEqual([])
  })

  test('sees what would change in a template before it is saved, and nothing has changed until then', async () => {
    const { page, close, complaints } = await visit(wide, '/agenttemplates/team/team-base')
    const stored = async () =>
      (await world.cluster.get({ kind: 'AgentTemplate', namespace, name: 'team-base' }))?.spec.workspaceDir
    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    const editor = page.getByLabel('YAML to edit')
    await editor.fill((await editor.inputValue()).replace('workspaceDir: /workspace', 'workspaceDir: /work'))
    await page.getByRole('button', { name: 'What would change?' }).click()
    await page.locator('.diff .removed', { hasText: 'workspaceDir: /workspace' }).waitFor()
    await page.locator('.diff .added', { hasText: 'workspaceDir: /work' }).waitFor()
    expect(await stored()).toBe('/workspace')
    await page.getByRole('button', { name: 'Save' }).click()
    await editor.waitFor({ state: 'detached' })
    expect(await stored()).toBe('/work')
    await close()
    expect(complaints).toEqual([])
  })

  test('without the right to is told so before a word is written', async () => {
    const { page, close } = await visit(wide, '/new/tasks?namespace=team', viewer)
    await page.getByText('You need the right to create tasks in team.').waitFor()
    await expect.poll(() => page.getByRole('button', { name: 'Create Task' }).isDisabled()).toBe(true)
    await close()
  })
})
