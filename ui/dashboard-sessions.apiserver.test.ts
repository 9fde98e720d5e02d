import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSeal } from '../functions/api/access/sealed.ts'
import type { ApiserverOf } from '../functions/api/apiserver.ts'
import { bundle } from '../infra/build/bundle.ts'
import type { Listening } from '../infra/node/listen.ts'
import { readDashboard } from '../infra/node/server/dashboard.ts'
import { startServer } from '../infra/node/server/start.ts'
import { openBrowser } from '../test/browser/chromium.ts'
import { teamApiserver } from '../test/browser/team/apiserver.ts'
import { now, team } from '../test/browser/team/made.ts'
import { log } from '../test/browser/team/session.ts'
import type { Visit } from '../test/browser/visits.ts'
import { visitor } from '../test/browser/visits.ts'
import { json, refused } from '../test/builders/upstream.ts'

let server: Listening
let browser: Browser

const sessions = [
  { id: 'ses_by_hand', title: 'Which tests are slow?', time: { updated: now.getTime() - 60_000 } },
  {
    id: 'ses_price-in-two-currencies',
    title: 'whatever its title says',
    time: { updated: now.getTime() - 120_000 },
    cost: 0.42,
  },
]

/** From when on the log of the agent was asked for, each time: a kubelet begins at a whole second. */
const asked: string[] = []
let isBack = false
const logAnswer = (since: string | null): Response => {
  asked.push(since ?? 'from its beginning')
  const lines = log.filter((line) => since === null || line >= since.replace(/Z$/, ''))
  const text = (some: readonly string[]): Uint8Array<ArrayBuffer> => new TextEncoder().encode(`${some.join('\n')}\n`)
  if (asked.length > 1)
    return isBack
      ? new Response(new ReadableStream({ start: (body) => body.enqueue(text(lines)) }))
      : refused(503, 'ServiceUnavailable', 'the node is away')
  // Three lines, and half of a fourth.
  const told = [text(lines.slice(0, 3)), new TextEncoder().encode((lines[3] ?? '').slice(0, 36))]
  return new Response(
    new ReadableStream({
      pull: (body) => {
        const next = told.shift()
        if (next) body.enqueue(next)
        else body.error(new Error('the node has gone'))
      },
    }),
  )
}

/** The team's apiserver, whose node goes away in the middle of a log until it is back. */
const apiserverOf: ApiserverOf = (caller) => {
  const apiserver = teamApiserver(caller)
  return async (request) => {
    const { pathname, searchParams } = new URL(request.path, 'http://apiserver')
    if (pathname.endsWith('/publish-2-18-0-pod/log')) return logAnswer(searchParams.get('sinceTime'))
    return pathname.endsWith('/proxy/session') ? json(sessions) : apiserver(request)
  }
}

beforeAll(async () => {
  await bundle(['ui'])
  server = await startServer({
    apiserverOf,
    access: { mode: 'token', seal: await createSeal(crypto.getRandomValues(new Uint8Array(32))) },
    clock: { now: () => now, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    dashboard: readDashboard([join(import.meta.dirname, '../dist/ui')]),
    port: 0,
    hostname: '127.0.0.1',
  })
  browser = await openBrowser()
}, 900_000)

afterAll(async () => {
  await browser?.close()
  await server?.close(0)
})

const visit = (path: string): Promise<Visit> =>
  visitor(browser, `http://127.0.0.1:${server.port}`, { now })(
    { colorScheme: 'light', width: 1280 },
    path,
    'a-token-of-ada',
  )

test('a transcript that is opened tells what was said and called, and which lines of which file changed', async () => {
  const { page, faults, close, complaints } = await visit(`/tasks/${team}/price-in-two-currencies`)
  await page.locator('.section', { hasText: 'Transcript' }).getByRole('button', { name: 'Show' }).click()
  const changed = page.getByRole('list', { name: 'Changed files' }).getByRole('listitem')
  await changed.first().waitFor()
  await expect.poll(() => changed.count()).toBe(6)
  expect(await changed.nth(1).textContent()).toBe('packages/price/src/price.ts+48 −12')
  await changed.nth(5).getByText('docs/money.md').click()
  const lines = page.getByRole('region', { name: 'Changes of docs/money.md' }).locator('span')
  expect(await lines.allTextContents()).toEqual([
    '  @@ -3,5 +3,6 @@',
    '  ## Prices',
    '  ',
    '- A price is in euros.',
    '+ A price is in euros; beside it stands one in francs.',
    '+ Francs are rounded to five centimes.',
    '  ',
    '  ## Vouchers',
  ])
  await page.locator('.transcript summary', { hasText: 'npm test --workspace packages/price' }).click()
  await page.getByRole('region', { name: 'Output of bash' }).getByText('2 failed, 31 passed').waitFor()
  expect(await faults()).toEqual([])
  await close()
  expect(complaints).toEqual([])
})

test("an Agent's sessions are told apart: which Task each is of, and which one somebody began at the terminal", async () => {
  const { page, faults, close, complaints } = await visit(`/agents/${team}/developer`)
  const section = page.locator('.section', { hasText: 'What its server remembers' })
  await section.getByRole('button', { name: 'Show' }).click()
  const found = page.getByRole('list', { name: 'Sessions' }).getByRole('listitem')
  await found.first().waitFor()
  await expect.poll(() => found.count()).toBe(2)
  expect(await found.nth(0).textContent()).toBe('Which tests are slow?terminal1m ago')
  expect(await found.nth(1).textContent()).toMatch(/^price-in-two-currenciesTask.*\$0\.42.*2m ago$/)
  expect(await faults()).toEqual([])
  await close()
  expect(complaints).toEqual([])
})

test('a log that cannot be read for a moment says so, and goes on with every line once', async () => {
  const { page, close, complaints } = await visit(`/tasks/${team}/publish-2-18-0`)
  const shown = page.getByRole('region', { name: 'Log' }).locator('.log-line > span:last-child')
  await page.getByText('The log of container agent cannot be read just now', { exact: false }).waitFor()
  expect(await shown.count()).toBeLessThan(log.length)
  await expect.poll(() => asked.length).toBeGreaterThan(1)
  expect(asked[1]).toBe(log[2]?.slice(0, 19).concat('Z'))
  isBack = true
  await expect.poll(() => shown.count()).toBe(log.length)
  expect(await shown.allTextContents()).toEqual(log.map((line) => line.replace(/^\S+ /, '')))
  await page.getByText('cannot be read just now').waitFor({ state: 'detached' })
  await close()
  expect(complaints).toEqual([])
})
