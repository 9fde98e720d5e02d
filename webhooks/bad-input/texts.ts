import type { Input, Row } from './row.ts'
import { agent, cronTask, git, refused, refusedByWebhook, taken, task, url } from './row.ts'

const bomb = `${'a'.repeat(100_000)}!`
const schedule = 'spec.schedule'
const timeZone = 'spec.timeZone'
const cleanup = (fields: object): Input => ({ kind: 'KubeOpenCodeConfig', spec: { cleanup: fields } })
const anything: readonly unknown[] = [null, [], {}, 7, true]

/** What is no such text, number or object at all; and texts that would cost much to read. */
export const textRows: readonly Row[] = [
  ...refused(60, 'spec.description', '', (description) => task({ description }), anything.slice(1)),
  ...refused(60, 'spec.agentRef', '', (agentRef) => task({ agentRef }), [[], 7, true, 'a']),
  ...refused(60, 'spec.contexts', '', (contexts) => task({ contexts }), [{}, 7, true, 'a']),
  ...refused(60, 'spec.contexts[0]', '', (item) => task({ contexts: [item] }), [null, [], 7, {}]),
  ...refused(60, 'spec.maxConcurrentTasks', '', (maxConcurrentTasks) => agent({ maxConcurrentTasks }), [
    -1,
    0.5,
    '1',
    [],
    1e300,
  ]),
  ...refused(60, 'spec.suspend', '', (suspend) => agent({ suspend }), ['yes', 1, []]),
  ...refused(60, 'spec', '', (spec) => ({ kind: 'Task', spec }), [[], 7, 'a', true]),
  ...refusedByWebhook(60, 'spec.config', 'must be', (config) => agent({ config }), [7, true, [], '[]', 'null', '"x"']),
  ...refusedByWebhook(
    60,
    'spec.config.provider.mock.options',
    'must be an object with fields, but is',
    (options) => agent({ config: { provider: { mock: { options } } } }),
    ['x', 7, [], null],
  ),
  ...refusedByWebhook(60, 'spec.config', 'is no JSON: line 1, column', (config) => agent({ config }), [
    '{',
    '{"a": }',
    '{"a" 1}',
    "{'a': 1}",
  ]),
  ...refused(64, schedule, '', (value) => cronTask({ schedule: value }), [
    bomb,
    `${'1,'.repeat(10_000)}1 * * * *`,
    ' '.repeat(100_000),
  ]),
  ...refused(64, 'spec.contexts[0].git.repository', '', (repository) => git({ repository }), [
    `https://${bomb}`,
    `git@${'a@'.repeat(50_000)}`,
  ]),
  ...refused(64, 'spec.contexts[0].url.source', '', (source) => url({ source }), [`https://${'a.'.repeat(50_000)}!`]),
  ...refused(64, 'spec.contexts[0].mountPath', '', (mountPath) => task({ contexts: [{ text: 'x', mountPath }] }), [
    `/${'./'.repeat(50_000)}`,
  ]),
  ...refused(64, 'spec.timeout', '', (timeout) => task({ timeout }), ['1h'.repeat(50_000), '9'.repeat(100_000)]),
  ...refusedByWebhook(64, 'spec.config', 'must have at most 524288 characters', (config) => agent({ config }), [
    `{"model": "${'a'.repeat(524_288)}"}`,
  ]),
  ...refused(66, timeZone, '', (value) => cronTask({ timeZone: value }), [
    '../../etc/passwd',
    'Local',
    '',
    '/etc/localtime',
  ]),
  ...refusedByWebhook(66, timeZone, 'is no time zone this system knows', (value) => cronTask({ timeZone: value }), [
    'Europe/Atlantis',
    'Mars/Base',
  ]),
  ...refused(66, schedule, 'must have five fields', (value) => cronTask({ schedule: value }), [
    '@daily',
    '* * * *',
    '* * * * * *',
    '',
  ]),
  ...refusedByWebhook(66, schedule, '', (value) => cronTask({ schedule: value }), [
    '0 0 30 2 *',
    '99 * * * *',
    '* * * * 9',
    '*/0 * * * *',
  ]),
  ...refused(66, 'spec.timeout', 'must be a duration greater than zero', (timeout) => task({ timeout }), [
    '-5m',
    '0s',
    '5 m',
    '1d',
    '30',
    '',
  ]),
  ...refused(
    66,
    'spec.startingDeadlineSeconds',
    '',
    (value) => cronTask({ startingDeadlineSeconds: value }),
    [-1, 1e300],
  ),
  ...refused(66, 'spec.maxRetainedTasks', '', (value) => cronTask({ maxRetainedTasks: value }), [-1, 0, 1e10]),
  ...refused(
    66,
    'spec.quota.windowSeconds',
    '',
    (windowSeconds) => agent({ quota: { maxTaskStarts: 1, windowSeconds } }),
    [-1, 0, 3_155_760_000],
  ),
  ...refused(
    66,
    'spec.quota.maxTaskStarts',
    '',
    (maxTaskStarts) => agent({ quota: { maxTaskStarts, windowSeconds: 60 } }),
    [-1, 0],
  ),
  ...refused(
    66,
    'spec.cleanup.ttlSecondsAfterFinished',
    '',
    (value) => cleanup({ ttlSecondsAfterFinished: value }),
    [-1, 1e300],
  ),
  ...taken(66, (timeout) => task({ timeout }), ['876600h']),
  ...taken(66, (value) => cronTask({ startingDeadlineSeconds: value }), [0, Number.MAX_SAFE_INTEGER]),
  ...taken(66, (value) => cleanup({ ttlSecondsAfterFinished: value }), [0, Number.MAX_SAFE_INTEGER]),
  ...refused(32, 'spec.description', '', (description) => task({ description }), ['a'.repeat(1_048_576)]),
  ...refused(32, 'spec.contexts', '', (contexts) => task({ contexts }), [
    Array.from({ length: 10_000 }, (_, index) => ({ text: 'x', mountPath: `notes/${index}` })),
  ]),
]
