import axe from 'axe-core'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'

export interface Look {
  readonly colorScheme: 'light' | 'dark'
  readonly width: number
}

export const looks: readonly (Look & { readonly name: string })[] = [
  { name: 'light-wide', colorScheme: 'light', width: 1280 },
  { name: 'dark-wide', colorScheme: 'dark', width: 1280 },
  { name: 'light-narrow', colorScheme: 'light', width: 390 },
  { name: 'dark-narrow', colorScheme: 'dark', width: 390 },
]

export interface Visit {
  readonly page: Page
  readonly context: BrowserContext
  /** Whatever the page says against its own rules, and every request that leaves its server. */
  readonly complaints: string[]
  /** Goes to another page of the dashboard and waits until it is live. */
  readonly go: (path: string) => Promise<void>
  /** A picture of the page as it is, whole, under this name. */
  readonly picture: (name: string) => Promise<void>
  /** What axe objects to, and whether the page is wider than its screen. */
  readonly faults: () => Promise<string[]>
  readonly close: () => Promise<void>
}

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

/** For whatever a page waits for where nothing else is said: on a real node, longer than from one sweep to the next. */
const patienceMs = 420_000

const pictures = join(import.meta.dirname, '../../.cache/screenshots')

/** What fades is judged when it has faded. */
const atRest = (page: Page): Promise<unknown> =>
  page.evaluate(
    `Promise.all(document.getAnimations()
      .filter(({ effect }) => effect?.getComputedTiming().iterations !== Infinity)
      .map(({ finished }) => finished.catch(() => {})))
      .then(() => true)`,
  )

const violationsOf = async (page: Page): Promise<string[]> => {
  await atRest(page)
  await page.evaluate(axe.source)
  const violations = (await page.evaluate(
    '(async () => (await axe.run(document)).violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html, failureSummary }) => ({ html, failureSummary })) })))()',
  )) as Violation[]
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  )
}

const overflowOf = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth') as Promise<number>

/**
 * Visits to the dashboard at `url`, which ends with its base path, by somebody who logs in with a token. With a `now` the
 * page believes that it is that time, in UTC, and stays it.
 */
export const visitor =
  (browser: Browser, url: string, { now, height = 900 }: { now?: Date; height?: number } = {}) =>
  async ({ colorScheme, width }: Look, path: string, secret: string): Promise<Visit> => {
    mkdirSync(pictures, { recursive: true })
    const viewport = { width, height }
    const context = await browser.newContext({ colorScheme, viewport, ...(now && { timezoneId: 'UTC' }) })
    context.setDefaultTimeout(patienceMs)
    const page = await context.newPage()
    if (now) await page.clock.setFixedTime(now)
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('status of 4')) complaints.push(message.text())
    })
    page.on('request', (request) => {
      if (!request.url().startsWith(new URL(url).origin) && !/^(data|blob):/.test(request.url()))
        complaints.push(request.url())
    })
    const isLive = (): Promise<void> => page.getByText('Live', { exact: true }).waitFor()
    await page.goto(`${url}${path}`)
    await page.getByLabel('Token').fill(secret)
    await page.getByRole('button', { name: 'Log in' }).click()
    await isLive()
    return {
      page,
      context,
      complaints,
      go: async (to) => {
        await page.goto(`${url}${to}`)
        await isLive()
      },
      picture: async (name) => {
        await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true })
      },
      faults: async () => {
        const found = await violationsOf(page)
        return (await overflowOf(page)) > 0 ? [...found, 'the page is wider than the screen'] : found
      },
      close: () => context.close(),
    }
  }
