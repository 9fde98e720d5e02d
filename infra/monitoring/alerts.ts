/** An alert as Prometheus evaluates it. Its page in docs/runbooks has its name. */
export interface Alert {
  readonly name: string
  readonly expr: string
  /** How long the expression has to hold; without it, at once. */
  readonly holds?: string
  /** critical: nothing, or nobody, is served. warning: somebody should look within a day. */
  readonly severity: 'critical' | 'warning'
  /** One sentence of what is so; `$labels` and `$value` are Prometheus's. */
  readonly summary: string
  /** Whether it is about the server of the API, which an installation can do without. */
  readonly isOfServer?: true
}

const finishedWith = (reasons: string): string => `kubeopencode_tasks_finished_total{reason=~"${reasons}"}`
const ended = 'increase(kubeopencode_tasks_finished_total[1h])'

/** Every alert there is. Each is about the installation; what is wrong with one object is in that object's conditions. */
export const alerts: readonly Alert[] = [
  {
    name: 'KubeOpenCodeControllerAbsent',
    expr: 'absent(kubeopencode_bus_keys)',
    holds: '5m',
    severity: 'critical',
    summary: 'No controller tells Prometheus anything.',
  },
  {
    name: 'KubeOpenCodeApiserverUnreachable',
    expr: 'sum(increase(kubeopencode_schedule_runs_total{outcome="unreachable"}[3m])) > 0',
    holds: '5m',
    severity: 'critical',
    summary: 'The controller cannot work with the apiserver.',
  },
  {
    name: 'KubeOpenCodeScheduleStale',
    expr: 'time() - max by (schedule) (kubeopencode_schedule_last_done_timestamp_seconds) > 900',
    severity: 'critical',
    summary: 'No {{ $labels.schedule }} has come to its end for {{ $value | humanizeDuration }}.',
  },
  {
    name: 'KubeOpenCodeWebhookFailing',
    expr: 'sum by (hook) (increase(kubeopencode_webhook_seconds_count{outcome="failed"}[10m])) > 0',
    severity: 'critical',
    summary: 'The webhook {{ $labels.hook }} fails, and writes are refused that it should judge.',
  },
  {
    name: 'KubeOpenCodeWebhookSlow',
    expr: 'histogram_quantile(0.99, sum by (hook, le) (rate(kubeopencode_webhook_seconds_bucket[10m]))) > 0.5',
    holds: '10m',
    severity: 'warning',
    summary: 'The webhook {{ $labels.hook }} takes {{ $value | humanizeDuration }} for one in a hundred reviews.',
  },
  {
    name: 'KubeOpenCodeCertificateEnds',
    expr: 'min(kubeopencode_webhook_certificate_expiry_timestamp_seconds) - time() < 7 * 86400',
    holds: '1h',
    severity: 'critical',
    summary: 'The certificate of the webhooks ends in {{ $value | humanizeDuration }} and was not renewed.',
  },
  {
    name: 'KubeOpenCodeObjectsFail',
    expr: 'max(kubeopencode_bus_failing_keys) > 0',
    holds: '15m',
    severity: 'warning',
    summary: 'Objects cannot be brought to where they should be: {{ $value }} or more.',
  },
  {
    name: 'KubeOpenCodeWritesRefused',
    expr: 'sum by (kind, verb) (increase(kubeopencode_writes_total{outcome="refused"}[15m])) > 10',
    severity: 'warning',
    summary: 'The apiserver refuses {{ $labels.verb }} of {{ $labels.kind }} objects.',
  },
  {
    name: 'KubeOpenCodeHintsDropped',
    expr: 'sum(increase(kubeopencode_hints_dropped_total[15m])) > 0',
    severity: 'warning',
    summary: 'More objects wait to be looked at than there is room for.',
  },
  {
    name: 'KubeOpenCodeSweepRepairs',
    expr: 'sum(increase(kubeopencode_sweep_repairs_total[30m])) > 20',
    holds: '15m',
    severity: 'warning',
    summary: 'Sweeps find what events should have told.',
  },
  {
    name: 'KubeOpenCodeTasksWaitLong',
    expr: 'max(kubeopencode_tasks_longest_wait_seconds) > 3600',
    holds: '15m',
    severity: 'warning',
    summary: 'A Task has been in the queue of its Agent for {{ $value | humanizeDuration }}.',
  },
  {
    name: 'KubeOpenCodeTasksFail',
    expr: `sum(increase(kubeopencode_tasks_finished_total{phase="Failed"}[1h])) / sum(${ended}) > 0.5 and sum(${ended}) >= 5`,
    holds: '15m',
    severity: 'warning',
    summary: '{{ $value | humanizePercentage }} of the Tasks that ended within an hour have failed.',
  },
  {
    name: 'KubeOpenCodePodsDoNotStart',
    expr: `sum by (reason) (increase(${finishedWith('PodStartTimeout|PodCreationError|ConfigMapCreationError')}[30m])) > 0`,
    severity: 'warning',
    summary: 'Tasks fail before their agent is at work: {{ $labels.reason }}.',
  },
  {
    name: 'KubeOpenCodeAgentsUnusable',
    expr: 'max by (phase) (kubeopencode_agents{phase=~"Invalid|NotReady"}) > 0',
    holds: '15m',
    severity: 'warning',
    summary: 'Agents are {{ $labels.phase }}, and their Tasks wait: {{ $value }}.',
  },
  {
    name: 'KubeOpenCodeCronTasksLate',
    expr: 'histogram_quantile(0.9, sum by (le) (rate(kubeopencode_cron_task_late_seconds_bucket[15m]))) > 60',
    severity: 'warning',
    summary: 'Tasks of schedules are made {{ $value | humanizeDuration }} after their time.',
  },
  {
    name: 'KubeOpenCodeCronTasksSkipped',
    expr: 'sum by (reason) (increase(kubeopencode_events_total{kind="CronTask",reason=~"MissedDeadline|TooManyMissed|MaxRetainedTasksReached|TaskCreationFailed"}[1h])) > 0',
    severity: 'warning',
    summary: 'Runs of CronTasks are left out: {{ $labels.reason }}.',
  },
  {
    name: 'KubeOpenCodeServerErrors',
    expr: 'sum(rate(kubeopencode_server_requests_total{code=~"5.."}[10m])) / sum(rate(kubeopencode_server_requests_total[10m])) > 0.05',
    holds: '10m',
    severity: 'warning',
    summary: '{{ $value | humanizePercentage }} of the requests to the API fail.',
    isOfServer: true,
  },
  {
    name: 'KubeOpenCodeServerAbsent',
    expr: 'absent(kubeopencode_server_process_start_time_seconds)',
    holds: '5m',
    severity: 'warning',
    summary: 'No server of the API tells Prometheus anything.',
    isOfServer: true,
  },
]

/** Names of the metrics that an expression reads, without the suffixes of a histogram. */
export const metricsIn = (expression: string): string[] => [
  ...new Set(
    (expression.match(/\bkubeopencode_\w+/g) ?? []).map((name) =>
      name.replace(/_seconds_(bucket|sum|count)$/, '_seconds'),
    ),
  ),
]
