import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MetricObject } from 'prom-client'
import { describe, expect, test } from 'vitest'
import { createMetrics } from '../node/metrics.ts'
import { createServerMetrics } from '../node/server/metrics.ts'
import { alerts, metricsIn } from './alerts.ts'
import { dashboard, rows } from './dashboard.ts'

const docs = join(import.meta.dirname, '../../docs')

/** What the two programs emit, from their own registries. */
const emitted = async (): Promise<MetricObject[]> => {
  const metrics = createMetrics()
  metrics.busKeys(() => 0)
  metrics.busFailingKeys(() => 0)
  const registries = [metrics.registry, createServerMetrics().registry]
  return (await Promise.all(registries.map((registry) => registry.getMetricsAsJSON()))).flat()
}
const names = async () => (await emitted()).map(({ name }) => name)
const ofRuntime = /^kubeopencode_(server_)?(process|nodejs)_/

const lines = rows.flatMap(({ panels }) => panels.flatMap((panel) => panel.lines))

describe('what is read is emitted', () => {
  const expressions = [
    ...alerts.map(({ name, expr }) => ({ name, expr })),
    ...lines.map(({ expr }) => ({ name: expr, expr })),
  ]
  test.each(expressions)('$name', async ({ expr }) => {
    const read = metricsIn(expr)
    expect(read).not.toEqual([])
    expect(await names()).toEqual(expect.arrayContaining(read))
  })

  test('all that is emitted of our own is on the dashboard', async () => {
    const shown = new Set(lines.flatMap(({ expr }) => metricsIn(expr)))
    expect((await names()).filter((name) => !ofRuntime.test(name) && !shown.has(name))).toEqual([])
  })

  test('all that is emitted of our own is in the guide, and nothing else', async () => {
    const guide = readFileSync(join(docs, 'monitoring.md'), 'utf8')
    const told = [...guide.matchAll(/^\| `(kubeopencode_\w+)`/gm)].map(([, name]) => name)
    expect(told).toEqual((await names()).filter((name) => !ofRuntime.test(name)))
  })
})

test('names follow the conventions of Prometheus', async () => {
  const bad = (await emitted()).filter(({ name, type }) => {
    if (ofRuntime.test(name)) return false
    const kind = type as unknown as string
    if ((kind === 'counter') !== name.endsWith('_total')) return true
    return kind === 'histogram' && !name.endsWith('_seconds')
  })
  expect(bad.map(({ name }) => name)).toEqual([])
})

describe('alerts', () => {
  const pages = readdirSync(join(docs, 'runbooks')).filter((file) => file !== 'README.md')

  test('each has a page, and each page an alert', () => {
    expect(pages.toSorted()).toEqual(alerts.map(({ name }) => `${name}.md`).toSorted())
  })

  test.each(alerts)('$name: its page says what it means, how to look and how to mend', ({ name }) => {
    const page = readFileSync(join(docs, 'runbooks', `${name}.md`), 'utf8')
    expect(page).toMatch(new RegExp(`^# ${name}\n`))
    for (const heading of ['What it means', 'How to look', 'How to mend']) expect(page).toContain(`\n## ${heading}\n`)
  })

  test('each is said in a sentence', () => {
    for (const { summary } of alerts) expect(summary).toMatch(/^[A-Z{].*\.$/)
  })
})

test('the panels of the dashboard have ids of their own and do not overlap', () => {
  const { panels } = dashboard
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  const places = panels.map(({ gridPos: { x, y } }) => `${x},${y}`)
  expect(new Set(places).size).toBe(places.length)
})
