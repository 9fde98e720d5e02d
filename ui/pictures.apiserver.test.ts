import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSeal } from '../functions/api/access/sealed.ts'
import { bundle } from '../infra/build/bundle.ts'
import { demoPrompt } from '../infra/local/demo-job.ts'
import type { Listening } from '../infra/node/listen.ts'
import { readDashboard } from '../infra/node/server/dashboard.ts'
import { startServer } from '../infra/node/server/start.ts'
import { createTerminal } from '../infra/node/server/terminal.ts'
import { openBrowser } from '../test/browser/chromium.ts'
import { teamApiserver } from '../test/browser/team/apiserver.ts'
import { now, team } from '../test/browser/team/made.ts'
import { openCodeAt } from '../test/browser/team/terminal.ts'
import type { Look, Visit } from '../test/browser/visits.ts'
import { visitor } from '../test/browser/visits.ts'
import type { Bench, Served } from '../test/pod/opencode.ts'
import { makeBench, serveOpencode } from '../test/pod/opencode.ts'

const root = join(import.meta.dirname, '..')
const kept = join(root, 'docs/pictures')
/** `npm run pictures` keeps them for the guide; else they are only looked at. */
const folder = process.env['KEEP_PICTURES'] === '1' ? kept : join(root, '.cache/screenshots/guide')
const mostBytes = 120 * 1000
const mostBytesTogether = 1.5 * 1024 * 1024

interface Picture {
  readonly name: string
  readonly path: string
  /** Words that are there once the page is whole. */
  readonly sees: string
  readonly look?: Partial<Look>
  /** Of the screen, in pixels; as high as screens are where it is not given. */
  readonly height?: number
  /** What somebody does before it is taken. */
  readonly does?: (page: Page) => Promise<void>
}

const here = `?namespace=${team}`

/** The section of this title at the top of the picture. */
const atTop = (page: Page, title: string): Promise<void> =>
  page
    .locator('.section', { has: page.getByRole('heading', { name: title, exact: true }) })
    .evaluate((element) => (element as unknown as { scrollIntoView: () => void }).scrollIntoView())

const askedAndReady = async (page: Page): Promise<void> => {
  await expect.poll(() => page.getByRole('button', { name: 'Approve once' }).isEnabled()).toBe(true)
}

const showTranscript = async (page: Page): Promise<void> => {
  await page.getByText('The Pod is gone').waitFor()
  await page.locator('.section', { hasText: 'Transcript' }).getByRole('button', { name: 'Show' }).click()
  await page.getByRole('list', { name: 'Changed files' }).waitFor()
  await atTop(page, 'Transcript')
}

const writeTask = async (page: Page): Promise<void> => {
  await page.getByLabel('Who does it').selectOption('agent/developer')
  await page
    .getByLabel('What is to be done')
    .fill('Order mails are unreadable in dark mail programs.\nGive them colours for both.')
  await page.getByLabel('Name', { exact: true }).fill('dark-mails')
  await page.getByLabel('Timeout').fill('soon')
  await page.locator('#field-spec-timeout-says.fault').waitFor()
  await page.locator('h1').click()
}

const writeAgent = async (page: Page): Promise<void> => {
  await page.getByLabel('Template').selectOption('storefront')
  await page.getByLabel('Name', { exact: true }).fill('translator')
  await page.getByLabel('Profile').fill('Translates what customers read')
  await page.getByLabel('Standby after').fill('30m')
  await page.getByText('The server would take it.').waitFor()
  await page.locator('h1').click()
}

const openTerminal = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'Open a terminal' }).click()
  const shown = async (): Promise<string> => (await page.locator('.xterm-rows').textContent()) ?? ''
  await expect.poll(shown, { timeout: 180_000 }).toContain('Ask anything')
  await page.locator('.xterm-helper-textarea').focus()
  await page.keyboard.type(demoPrompt)
  await page.keyboard.press('Enter')
  await expect.poll(shown, { timeout: 180_000 }).toContain('I changed one line')
  await atTop(page, 'Terminal')
}

const nextRuns = (page: Page): Promise<void> => page.locator('.next li').nth(4).waitFor()

const pictures: readonly Picture[] = [
  { name: 'overview', path: `/${here}`, sees: 'Completed in the last day' },
  { name: 'overview-dark', path: `/${here}`, sees: 'Completed in the last day', look: { colorScheme: 'dark' } },
  { name: 'overview-phone', path: `/${here}`, sees: 'At work', look: { width: 390 } },
  { name: 'tasks', path: `/tasks${here}`, sees: 'price-in-two-currencies', height: 480 },
  { name: 'task-asking', path: `/tasks/${team}/publish-2-18-0`, sees: 'permission given', does: askedAndReady },
  {
    name: 'task-asking-phone',
    path: `/tasks/${team}/publish-2-18-0`,
    sees: 'permission given',
    look: { width: 390, colorScheme: 'dark' },
    does: askedAndReady,
  },
  { name: 'task-done', path: `/tasks/${team}/price-in-two-currencies`, sees: 'Prompt', does: showTranscript },
  { name: 'new-task', path: `/new/tasks${here}`, sees: 'What will be created', does: writeTask },
  { name: 'agents', path: `/agents${here}`, sees: 'analyst' },
  { name: 'agent', path: `/agents/${team}/developer`, sees: 'takes Tasks' },
  { name: 'agent-asleep', path: `/agents/${team}/writer`, sees: 'StandbySuspended' },
  { name: 'new-agent', path: `/new/agents${here}`, sees: 'What will be created', does: writeAgent },
  { name: 'crontasks', path: `/crontasks${here}`, sees: 'nightly-updates' },
  { name: 'crontask', path: `/crontasks/${team}/nightly-updates`, sees: 'Next runs', does: nextRuns },
  { name: 'templates', path: `/agenttemplates${here}`, sees: 'sandbox' },
  { name: 'template', path: `/agenttemplates/${team}/storefront`, sees: 'Used by 5 Agents' },
  { name: 'settings', path: `/config${here}`, sees: 'git.example.com' },
  {
    name: 'terminal',
    path: `/agents/${team}/developer`,
    sees: 'takes Tasks',
    look: { width: 1100 },
    does: openTerminal,
  },
]

const files = [...pictures.map(({ name }) => name), 'login'].map((name) => `${name}.png`).toSorted()

let bench: Bench
let openCode: Served
let server: Listening
let browser: Browser
let url: string

beforeAll(async () => {
  await bundle(['ui'])
  bench = await makeBench()
  openCode = await serveOpencode(bench)
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  server = await startServer({
    apiserverOf: teamApiserver,
    access: { mode: 'token', seal: await createSeal(crypto.getRandomValues(new Uint8Array(32))) },
    clock: { now: () => now, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
    log,
    dashboard: readDashboard([join(root, 'dist/ui')]),
    terminal: createTerminal(openCodeAt(bench, openCode.url), log),
    port: 0,
    hostname: '127.0.0.1',
  })
  url = `http://127.0.0.1:${server.port}`
  browser = await openBrowser()
  mkdirSync(folder, { recursive: true })
  // Those that are none of these any more; the others stay until they are made anew, which a filter may leave out.
  for (const name of readdirSync(folder)) if (!files.includes(name)) rmSync(join(folder, name))
}, 900_000)

afterAll(async () => {
  await browser?.close()
  await server?.close(0)
  await openCode?.stop()
  await bench?.close()
})

const keep = async (page: Page, name: string): Promise<void> => {
  // Nothing that blinks or moves, and nothing under the pointer.
  await page.mouse.move(0, 0)
  await page.screenshot({ path: join(folder, `${name}.png`), caret: 'hide', animations: 'disabled' })
}

const visit = (look: Partial<Look>, path: string, height = look.width === 390 ? 844 : 720): Promise<Visit> =>
  visitor(browser, url, { now, height })({ colorScheme: 'light', width: 1280, ...look }, path, 'a-token-of-ada')

describe('the pictures of the guide', () => {
  test.each(pictures)('$name', async ({ name, path, sees, look = {}, height, does }) => {
    const { page, faults, close, complaints } = await visit(look, path, height)
    await page.getByText(sees).first().waitFor()
    await does?.(page)
    await keep(page, name)
    const found = await faults()
    await close()
    expect(found).toEqual([])
    expect(complaints).toEqual([])
  })

  test('login', async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 720 } })
    await page.goto(url)
    await page.getByLabel('Token').waitFor()
    await keep(page, 'login')
    expect(await page.getByRole('button', { name: 'Log in' }).isDisabled()).toBe(true)
    await page.close()
  })

  test('are small', () => {
    const sizes = readdirSync(folder).map((name) => ({ name, bytes: statSync(join(folder, name)).size }))
    expect(sizes.filter(({ bytes }) => bytes > mostBytes)).toEqual([])
    expect(sizes.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(mostBytesTogether)
  })

  test('are all there, and all shown', () => {
    expect(readdirSync(kept).toSorted()).toEqual(files)
    const guide = readFileSync(join(root, 'docs/dashboard.md'), 'utf8')
    expect(files.filter((name) => !guide.includes(`(pictures/${name})`))).toEqual([])
  })
})
