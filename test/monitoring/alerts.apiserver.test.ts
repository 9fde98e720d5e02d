import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { stringify } from 'yaml'
import { run } from '../../infra/local/run.ts'
import { alerts } from '../../infra/monitoring/alerts.ts'
import { later, now } from '../builders/time.ts'
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

test.each(situations)('$name: $fires', async ({ provoke, minutes, fires }) => {
  const { registries, each } = await provoke()
  const timeline = createTimeline(registries)
  await timeline.scrape()
  for (let minute = 1; minute <= minutes; minute += 1) {
    vi.setSystemTime(later(minute * 60))
    await each?.(minute)
    await timeline.scrape()
  }
  const firing = 'group by (alertname) (ALERTS{alertstate="firing"})'
  const file = join(folder, 'test.yaml')
  const asked = {
    rule_files: [rules],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: timeline.inputSeries(),
        promql_expr_test: [
          { expr: firing, eval_time: '0m', exp_samples: [] },
          {
            expr: firing,
            eval_time: `${minutes}m`,
            exp_samples: fires.map((name) => ({ labels: `{alertname="${name}"}`, value: 1 })),
          },
        ],
      },
    ],
  }
  writeFileSync(file, stringify(asked))
  expect(await run(promtool, ['test', 'rules', file])).toContain('SUCCESS')
})

test('every alert fires in a situation that provokes it', () => {
  const provoked = situations.flatMap(({ fires }) => fires)
  expect(alerts.map(({ name }) => name).toSorted()).toEqual([...new Set(provoked)].toSorted())
})
