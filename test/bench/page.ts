/**
 * The dashboard in Debian's chromium, before an API that is played: what a first load costs, how soon a list of 1,000 Tasks
 * is live while 200 of them change each second, and what an hour of a busy log (360,000 lines, pushed as fast as the page takes
 * them) leaves in memory. `npm run bench:page` prints medians.
 */
import { serve } from '@hono/node-server'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { CDPSession, Page } from 'playwright-core'
import { bundlePage } from '../../infra/build/page.ts'
import { openBrowser } from '../browser/chromium.ts'
import { median, percentile } from './numbers.ts'
import { playedApi } from './played-api.ts'

const root = join(import.meta.dirname, '../..')
const folder = 'dist/bench-ui'
const load = { tasks: 1_000, updatesPerSecond: 200, logLines: 360_000 }
const visits = 5
const watchMs = 10_000

await bundlePage(root, 'ui/index.html', join(root, folder, 'index.html'))
const { app, told } = playedApi(load, join(root, folder))
const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
await new Promise((resolve) => server.once('listening', resolve))
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const browser = await openBrowser()

const line = (what: string, value: string): void => console.log(`${what.padEnd(62)} ${value}`)
const ms = (values: readonly number[]): string =>
  `${median(values).toFixed(0)} ms (${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)})`

interface FirstLoad {
  readonly bytes: number
  readonly paint: number
  readonly live: number
}

/** A browser that was never here before. */
const firstLoad = async (): Promise<FirstLoad> => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  const page = await context.newPage()
  const sizes: Promise<number>[] = []
  page.on('requestfinished', (request) => {
    const { pathname } = new URL(request.url())
    if (pathname.startsWith('/assets/') || pathname === '/tasks')
      sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize))
  })
  const started = performance.now()
  await page.goto(`${url}/tasks?namespace=team`)
  await page.getByRole('button', { name: `All ${load.tasks}` }).waitFor()
  await page.getByText('Live', { exact: true }).waitFor()
  await page.getByRole('link', { name: /sent \d+/ }).waitFor()
  const live = performance.now() - started
  const paint = (await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")) as number
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
  await context.close()
  return { bytes, paint, live }
}

/** How late what is sent is seen, and how long the page is deaf to its reader meanwhile. */
const whileBusy = async (): Promise<{ lags: number[]; longTasks: number[]; updates: number }> => {
  const page = await browser.newPage()
  await page.goto(`${url}/tasks?namespace=team`)
  await page.getByRole('link', { name: /sent \d+/ }).waitFor()
  await page.evaluate(`(() => {
    window.lags = []
    window.longTasks = []
    new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' })
    let last = ''
    new MutationObserver(() => {
      const said = document.querySelector('.row-note')?.textContent ?? ''
      if (said === last || !said.startsWith('sent ')) return
      last = said
      window.lags.push(Date.now() - Number(said.slice(5)))
    }).observe(document.body, { subtree: true, childList: true, characterData: true })
  })()`)
  const before = told.updates
  await page.waitForTimeout(watchMs)
  const seen = (await page.evaluate('({ lags: window.lags, longTasks: window.longTasks })')) as {
    lags: number[]
    longTasks: number[]
  }
  await page.close()
  return { ...seen, updates: told.updates - before }
}

const heapOf = async (page: Page, session: CDPSession): Promise<{ mb: number; nodes: number }> => {
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  const nodes = (await page.evaluate('document.querySelectorAll("*").length')) as number
  return { mb: usedSize / 1024 / 1024, nodes }
}

const afterBusyLog = async () => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await page.goto(`${url}/agents?namespace=team`)
  await page.getByText('Live', { exact: true }).waitFor()
  const before = await heapOf(page, session)
  const started = performance.now()
  await page.goto(`${url}/tasks/team/task-0000?namespace=team`)
  await page.getByText(`${load.logLines} lines, complete`).waitFor({ timeout: 300_000 })
  const seconds = (performance.now() - started) / 1000
  const after = await heapOf(page, session)
  await context.close()
  return { before, after, seconds }
}

const loads: FirstLoad[] = []
for (let visit = 0; visit < visits; visit += 1) loads.push(await firstLoad())
line('first load, gzip: page, scripts, styles', `${(median(loads.map(({ bytes }) => bytes)) / 1024).toFixed(1)} KiB`)
line('first contentful paint', ms(loads.map(({ paint }) => paint)))
line(`a live list of ${load.tasks} Tasks, ${load.updatesPerSecond} changes/s`, ms(loads.map(({ live }) => live)))

const { lags, longTasks, updates } = await whileBusy()
line('changes that were sent meanwhile', `${((updates / watchMs) * 1000).toFixed(0)}/s`)
line('from sent to seen', `p50 ${percentile(lags, 50)} ms, p99 ${percentile(lags, 99)} ms (${lags.length} seen)`)
line(
  'the page deaf for 50 ms or more',
  longTasks.length === 0 ? 'never' : `${longTasks.length} times, ${Math.max(...longTasks).toFixed(0)} ms at most`,
)

const { before, after, seconds } = await afterBusyLog()
line(`${load.logLines} lines of a log (an hour at 100/s), taken in`, `${seconds.toFixed(1)} s`)
line('heap before and after', `${before.mb.toFixed(1)} and ${after.mb.toFixed(1)} MiB`)
line('elements in the page before and after', `${before.nodes} and ${after.nodes}`)

await browser.close()
server.close()
if ('closeAllConnections' in server) server.closeAllConnections()
