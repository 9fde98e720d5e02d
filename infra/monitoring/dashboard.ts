/** One line of a panel: an expression, and how its series are called. */
interface Line {
  readonly expr: string
  readonly legend: string
}

interface Panel {
  readonly title: string
  /** What is good and what is not, in a sentence. */
  readonly description: string
  /** A unit as Grafana names it. */
  readonly unit: 's' | 'short' | 'ops' | 'currencyUSD' | 'percentunit' | 'bytes'
  readonly lines: readonly Line[]
  readonly isStacked?: true
}

interface Row {
  readonly title: string
  readonly panels: readonly Panel[]
}

const quantiles = (metric: string, by: string, legend: string): Line[] =>
  [0.5, 0.99].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, sum by (le${by && `, ${by}`}) (rate(${metric}_bucket[$__rate_interval])))`,
    legend: `p${quantile * 100} ${legend}`.trim(),
  }))

const rates = (metric: string, by: string): Line[] => [
  {
    expr: `sum by (${by}) (rate(${metric}[$__rate_interval]))`,
    legend: by
      .split(', ')
      .map((label) => `{{${label}}}`)
      .join(' '),
  },
]

/** Gauges of a sweep are the same from every copy of the controller. */
const seen = (metric: string, by: string): Line[] => [{ expr: `max by (${by}) (${metric})`, legend: `{{${by}}}` }]

/** What to look at first comes first. */
export const rows: readonly Row[] = [
  {
    title: 'Tasks',
    panels: [
      {
        title: 'Tasks that have not ended',
        description: 'By phase, as the last sweep saw them.',
        unit: 'short',
        lines: seen('kubeopencode_tasks', 'phase'),
        isStacked: true,
      },
      {
        title: 'What queued Tasks wait for',
        description: 'QuotaExceeded and AgentAtCapacity are limits at work; AgentServerNotReady is trouble.',
        unit: 'short',
        lines: seen('kubeopencode_tasks_waiting', 'reason'),
        isStacked: true,
      },
      {
        title: 'Longest wait',
        description: 'Of a Task that is in a queue now.',
        unit: 's',
        lines: [{ expr: 'max(kubeopencode_tasks_longest_wait_seconds)', legend: 'longest' }],
      },
      {
        title: 'From a Task to its Pod',
        description: 'Without limits well under a second; with them, the wait for a place.',
        unit: 's',
        lines: quantiles('kubeopencode_task_wait_seconds', 'target', '{{target}}'),
      },
      {
        title: 'Ends of Tasks',
        description: 'By phase and reason.',
        unit: 'ops',
        lines: rates('kubeopencode_tasks_finished_total', 'phase, reason'),
      },
      {
        title: 'How long Tasks run',
        description: 'From their start to their end.',
        unit: 's',
        lines: quantiles('kubeopencode_task_run_seconds', 'phase', '{{phase}}'),
      },
      {
        title: 'Tokens',
        description: 'Used by the sessions of Tasks that have ended, as far as they told.',
        unit: 'ops',
        lines: rates('kubeopencode_task_tokens_total', 'type'),
      },
      {
        title: 'Cost within a day',
        description: 'As OpenCode reckons it; your bill may differ.',
        unit: 'currencyUSD',
        lines: [{ expr: 'sum(increase(kubeopencode_task_cost_dollars_total[1d]))', legend: 'dollars' }],
      },
    ],
  },
  {
    title: 'Agents and schedules',
    panels: [
      {
        title: 'Agents',
        description: 'By phase, as the last sweep saw them.',
        unit: 'short',
        lines: seen('kubeopencode_agents', 'phase'),
        isStacked: true,
      },
      {
        title: 'Places taken',
        description: 'Turns that Agents with limits have given out.',
        unit: 'short',
        lines: [{ expr: 'max(kubeopencode_agent_slots_used)', legend: 'taken' }],
      },
      {
        title: 'Agents at a limit',
        description: 'All slots given (concurrency), or all starts of the window (quota): more Tasks of theirs wait.',
        unit: 'short',
        lines: seen('kubeopencode_agents_at_limit', 'limit'),
      },
      {
        title: 'Lateness of schedules',
        description: 'From the slot of a CronTask until its Task was made.',
        unit: 's',
        lines: quantiles('kubeopencode_cron_task_late_seconds', '', ''),
      },
      {
        title: 'What users are told',
        description: 'Events, by kind and reason.',
        unit: 'ops',
        lines: rates('kubeopencode_events_total', 'kind, reason'),
      },
    ],
  },
  {
    title: 'Controller',
    panels: [
      {
        title: 'Webhooks',
        description: 'An observer is given up after a second, the others after five.',
        unit: 's',
        lines: quantiles('kubeopencode_webhook_seconds', 'hook', '{{hook}}'),
      },
      {
        title: 'Reviews',
        description: 'failed is a bug; refused is an answer.',
        unit: 'ops',
        lines: rates('kubeopencode_webhook_seconds_count', 'hook, outcome'),
      },
      {
        title: 'Deliveries',
        description: 'Looks at objects. retry is an everyday conflict while there is little of it.',
        unit: 'ops',
        lines: rates('kubeopencode_deliveries_total', 'kind, outcome'),
      },
      {
        title: 'Time of a delivery',
        description: 'Gather, decide and apply.',
        unit: 's',
        lines: quantiles('kubeopencode_delivery_seconds', 'kind', '{{kind}}'),
      },
      {
        title: 'Writes',
        description: 'A settled cluster causes none.',
        unit: 'ops',
        lines: rates('kubeopencode_writes_total', 'kind, verb, outcome'),
      },
      {
        title: 'Bus',
        description:
          'Objects that wait to be looked at, now or later, in the copy that has most; failing ones have failed five times or more.',
        unit: 'short',
        lines: [
          { expr: 'max(kubeopencode_bus_keys)', legend: 'keys' },
          { expr: 'max(kubeopencode_bus_failing_keys)', legend: 'failing' },
          { expr: 'sum(increase(kubeopencode_hints_dropped_total[$__rate_interval]))', legend: 'dropped' },
        ],
      },
      {
        title: 'Wait for a look',
        description: 'Near nothing while there are places; what a sweep alone asks for gives way to all others.',
        unit: 's',
        lines: quantiles('kubeopencode_bus_wait_seconds', 'swept', 'swept {{swept}}'),
      },
      {
        title: 'Repairs',
        description: 'What a sweep had to find because no event told it.',
        unit: 'ops',
        lines: rates('kubeopencode_sweep_repairs_total', 'kind'),
      },
      {
        title: 'Since the last tick and sweep',
        description: 'A tick comes every quarter of a minute, a sweep every five.',
        unit: 's',
        lines: [
          {
            expr: 'time() - max by (schedule) (kubeopencode_schedule_last_done_timestamp_seconds)',
            legend: '{{schedule}}',
          },
        ],
      },
      {
        title: 'Runs of tick and sweep',
        description: 'unreachable is an apiserver that is away.',
        unit: 'ops',
        lines: rates('kubeopencode_schedule_runs_total', 'schedule, outcome'),
      },
      {
        title: 'Spans',
        description: 'For the collector of traces; lost ones were not taken in time.',
        unit: 'ops',
        lines: rates('kubeopencode_spans_total', 'outcome'),
      },
      {
        title: 'Certificate of the webhooks',
        description: 'Time until it ends. It is renewed long before.',
        unit: 's',
        lines: [{ expr: 'min(kubeopencode_webhook_certificate_expiry_timestamp_seconds) - time()', legend: 'left' }],
      },
      {
        title: 'Memory',
        description: 'Resident, of each Pod.',
        unit: 'bytes',
        lines: [
          { expr: 'kubeopencode_process_resident_memory_bytes', legend: 'controller {{pod}}' },
          { expr: 'kubeopencode_server_process_resident_memory_bytes', legend: 'server {{pod}}' },
        ],
      },
    ],
  },
  {
    title: 'API',
    panels: [
      {
        title: 'Requests',
        description: 'By route and status code.',
        unit: 'ops',
        lines: rates('kubeopencode_server_requests_total', 'route, code'),
      },
      {
        title: 'Time until an answer begins',
        description: 'A stream goes on after it.',
        unit: 's',
        lines: quantiles('kubeopencode_server_request_seconds', 'route', '{{route}}'),
      },
    ],
  },
]

const source = { type: 'prometheus', uid: '${datasource}' }
const columns = 3
const [width, height] = [24 / columns, 8]

const panelOf = ({ title, description, unit, lines, isStacked }: Panel, id: number, x: number, y: number) => ({
  id,
  type: 'timeseries',
  title,
  description,
  datasource: source,
  gridPos: { x, y, w: width, h: height },
  fieldConfig: {
    defaults: {
      unit,
      min: 0,
      custom: { fillOpacity: isStacked ? 30 : 0, stacking: { mode: isStacked ? 'normal' : 'none' } },
    },
    overrides: [],
  },
  options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
  targets: lines.map(({ expr, legend }, index) => ({
    refId: String.fromCharCode(65 + index),
    datasource: source,
    expr,
    legendFormat: legend,
  })),
})

const laidOut = () => {
  let id = 0
  let y = 0
  return rows.flatMap(({ title, panels }) => {
    const head = { id: (id += 1), type: 'row', title, collapsed: false, gridPos: { x: 0, y, w: 24, h: 1 }, panels: [] }
    const top = y + 1
    y = top + Math.ceil(panels.length / columns) * height
    return [
      head,
      ...panels.map((panel, index) =>
        panelOf(panel, (id += 1), (index % columns) * width, top + Math.floor(index / columns) * height),
      ),
    ]
  })
}

/** A dashboard as Grafana imports it (https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/). */
export const dashboard = {
  uid: 'kubeopencode',
  title: 'KubeOpenCode',
  tags: ['kubeopencode'],
  schemaVersion: 39,
  editable: true,
  refresh: '30s',
  time: { from: 'now-6h', to: 'now' },
  templating: {
    list: [{ name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', current: {}, hide: 0 }],
  },
  annotations: { list: [] },
  panels: laidOut(),
}
