import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundle } from '../infra/build/bundle.ts'
import { readDashboard } from '../infra/node/server/dashboard.ts'
import type { Heard } from '../infra/node/server/exec.ts'
import { createTerminal } from '../infra/node/server/terminal.ts'
import type { KubeObject } from '../shared/kubernetes.ts'
import type { ApiWorld } from '../test/apiserver/api-world.ts'
import { apiWorld } from '../test/apiserver/api-world.ts'
import type { PlayedNode } from '../test/apiserver/played-node.ts'
import { letServerStart, playNode } from '../test/apiserver/played-node.ts'
import { openBrowser } from '../test/browser/chromium.ts'
import type { Visit } from '../test/browser/visits.ts'
import { visitor } from '../test/browser/visits.ts'

const namespace = 'team'
let world: ApiWorld
let browser: Browser
let node: PlayedNode
let admin: string
let user: string

/** A program in the Pod: it greets, echoes what is typed, and ends at a q. */
const program = { typed: '', sizes: [] as string[], running: undefined as Heard | undefined }
const openExec = async (_caller: unknown, _target: unknown, heard: Heard) => {
  program.running = heard
  heard.output(Buffer.from('\u001b[1;32mopencode\u001b[0m at \u001b[38;2;160;0;0myour\u001b[0m service\r\n'))
  return {
    write: (bytes: Uint8Array) => {
      const text = Buffer.from(bytes).toString()
      program.typed += text
      if (text === 'q') heard.end(undefined)
      else heard.output(bytes)
    },
    resize: (columns: number, rows: number) => void program.sizes.push(`${columns}x${rows}`),
    pause: () => {},
    resume: () => {},
    close: () => {},
  }
}

/** The server of the Agent comes up on the node, also after it slept. */
const serverStarts = async (): Promise<void> => {
  await letServerStart(world, node, namespace, 'coder')
  const { items } = await world.cluster.list('Pod', { namespace, labelSelector: 'kubeopencode.io/agent=coder' })
  for (const { metadata, status } of items)
    if (status?.phase === 'Running')
      await node.setStatus(namespace, metadata?.name ?? '', {
        containerStatuses: [
          { name: 'opencode-server', image: 'i', imageID: 'i', ready: true, restartCount: 0, state: { running: {} } },
        ],
      })
}

beforeAll(async () => {
  await bundle(['ui'])
  const silence = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  world = await apiWorld('terminal', {
    dashboard: readDashboard([join(import.meta.dirname, '../dist/ui')]),
    terminal: createTerminal(openExec, silence),
  })
  node = await playNode(world.send, world.dir)
  browser = await openBrowser()
  admin = await world.person('ada', 'kubeopencode-user', 'kubeopencode-agent-admin')
  user = await world.person('grace', 'kubeopencode-user')
  await world.cluster.create({
    apiVersion: 'kubeopencode.io/v1alpha1',
    kind: 'Agent',
    metadata: { name: 'coder', namespace },
    spec: { workspaceDir: '/workspace', serviceAccountName: 'default', suspend: true },
  } as KubeObject)
  await world.until(
    () => world.cluster.get({ kind: 'Agent', namespace, name: 'coder' }),
    (found) => found?.status?.phase === 'Suspended',
  )
}, 900_000)

afterAll(async () => {
  await browser?.close()
  await node?.close()
  await world?.close()
})

const shown = (page: Page): Promise<string | null> => page.locator('.xterm-rows').textContent()

const at = (token: string, look: Parameters<ReturnType<typeof visitor>>[0]): Promise<Visit> =>
  visitor(browser, world.url)(look, '/agents/team/coder', token)

test('a terminal wakes the Agent with a word of what is waited for, takes what is typed, and ends', async () => {
  const { page, context, picture, faults, close, complaints } = await at(admin, { colorScheme: 'light', width: 1280 })
  await page.getByRole('button', { name: 'Open a terminal' }).click()
  await expect.poll(() => shown(page)).toContain('is suspended; waking it')
  await expect.poll(() => shown(page)).toContain('waiting for the server')
  await serverStarts()
  await expect.poll(() => shown(page)).toContain('opencode at your service')
  // Colours of 24 bits come as styles of single letters, which the page's rules would refuse as attributes.
  const colour =
    'getComputedStyle([...document.querySelectorAll(".xterm-rows span")].find((one) => one.textContent === "your")).color'
  expect(await page.evaluate(colour)).toBe('rgb(160, 0, 0)')
  await page.keyboard.type('hello there')
  await expect.poll(() => shown(page)).toContain('hello there')
  expect(program.typed).toBe('hello there')
  await picture('terminal')
  expect(await faults()).toEqual([])
  expect(program.sizes.length).toBeGreaterThan(0)
  await page.setViewportSize({ width: 900, height: 700 })
  await expect.poll(() => new Set(program.sizes).size).toBeGreaterThan(1)

  // Escape and Tab belong to the program; F6 is the way out.
  await page.keyboard.press('Escape')
  await page.keyboard.press('Tab')
  await expect.poll(() => program.typed.endsWith('\u001b\t')).toBe(true)
  await page.keyboard.press('F6')
  await expect
    .poll(() => page.evaluate('document.activeElement.textContent') as Promise<string>)
    .toBe('Close the terminal')

  // Pasted text goes in as it is.
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.locator('.xterm-helper-textarea').focus()
  await page.evaluate('navigator.clipboard.writeText("pasted ✓")')
  await page.keyboard.press('Control+V')
  await expect.poll(() => program.typed.endsWith('pasted ✓')).toBe(true)
  await page.keyboard.press('q')
  await page.getByText('The terminal has ended: the program ended').waitFor()
  await page.getByRole('button', { name: 'Begin again' }).click()
  await page.getByText('Connected').waitFor()
  await close()
  expect(complaints).toEqual([])
})

test('a connection that is lost is made anew by itself, and the colours follow the page', async () => {
  const { page, picture, faults, close, complaints } = await at(admin, { colorScheme: 'dark', width: 390 })
  await page.getByRole('button', { name: 'Open a terminal' }).click()
  await expect.poll(() => shown(page)).toContain('opencode at your service')
  await picture('terminal-dark-narrow')
  expect(await faults()).toEqual([])
  const colour = () =>
    page.evaluate('getComputedStyle(document.querySelector(".xterm-scrollable-element")).backgroundColor')
  const before = await colour()
  await page.getByTitle(/^Colours: system/).click()
  await expect.poll(colour).not.toBe(before)
  program.running = undefined
  world.cut()
  await expect.poll(() => program.running !== undefined).toBe(true)
  await page.getByText('Connected').waitFor()
  await page.locator('.xterm-helper-textarea').focus()
  // What is typed before the page has its new connection is lost.
  await expect
    .poll(
      async () => {
        if (!program.typed.endsWith('back')) await page.keyboard.type('back')
        return program.typed.endsWith('back')
      },
      { interval: 1_000 },
    )
    .toBe(true)
  await close()
  expect(complaints.filter((text) => !/WebSocket|net::ERR_/.test(text))).toEqual([])
})

test('who may not have one is told which right it takes', async () => {
  const { page, close } = await at(user, { colorScheme: 'light', width: 1280 })
  await page.getByText('A terminal needs the right to create pods/exec in team.').waitFor()
  await expect.poll(() => page.getByRole('button', { name: 'Open a terminal' }).isDisabled()).toBe(true)
  await close()
})
