import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { stringify } from 'yaml'
import { run } from '../../infra/local/run.ts'
import { alerts } from '../../infra/monitoring/alerts.ts'
import { later, now } from '../builders/time.ts'
import type { Firing } from './situations.ts'
import { situations } from './situations.ts'
import { ensurePromtool } from './promtool.ts'
import { createTimeline } from './timeline.ts'

const rules = join(import.meta.dirname, '../../infra/monitoring/generated/alerts.yaml')
const folder = mkdtempSync(join(tmpdir(), 'alerts-'))
let promtool: string
beforeAll(async () => {
  promtool = await ensurePromtool()
})
// The time of day passes a minute per scrape; what waits for milliseconds waits for real ones.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now }))
afterEach(() => void vi.useRealTimers())
afterAll(() => rmSync(folder, { recursive: true }))

test('Prometheus takes the rules', async () => {
  expect(await run(promtool, ['check', 'rules', rules])).toContain(`${alerts.length} rules found`)
})

/** The alerts of a test of promtool: those that should fire, as they should be told, and of all others none. */
const alertsAt = (fires: readonly Firing[], minutes: number) =>
  alerts.map(({ name, severity }) => ({
    eval_time: `${minutes}m`,
    alertname: name,
    exp_alerts: fires
      .filter(({ alert }) => alert === name)
      .map(({ labels, summary }) => ({
        exp_labels: { severity, ...labels },
        exp_annotations: { summary, runbook_url: `docs/runbooks/${name}.md` },
      })),
  }))

test.each(situations)('$name', async ({ provoke, minutes, fires }) => {
  const { registries, each } = await provoke()
  const timeline = createTimeline(registries)
  await timeline.scrape()
  for (let minute = 1; minute <= minutes; minute += 1) {
    vi.setSystemTime(later(minute * 60))
    await each?.(minute)
    await timeline.scrape()
  }
  const file = join(folder, 'test.yaml')
  // Of two copies of each program that tell the same, nothing else is told than of one.
  const asked = {
    rule_files: [rules],
    evaluation_interval: '1m',
    tests: [1, 2].map((copies) => ({
      name: `copies: ${copies}`,
      interval: '1m',
      input_series: timeline.inputSeries(copies),
      alert_rule_test: [...alertsAt([], 0), ...alertsAt(fires, minutes)],
    })),
  }
  writeFileSync(file, stringify(asked))
  expect(await run(promtool, ['test', 'rules', file])).toContain('SUCCESS')
})

const told = situations.flatMap(({ fires }) => fires)

test('every alert fires in a situation that provokes it', () => {
  const provoked = told.map(({ alert }) => alert)
  expect(alerts.map(({ name }) => name).toSorted()).toEqual([...new Set(provoked)].toSorted())
})

test('no alert is told with a place that could not be filled in', () => {
  expect(told.filter(({ summary }) => /[{}<>]|NaN|Inf/.test(summary))).toEqual([])
})
