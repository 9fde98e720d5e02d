import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { KindName } from '../crds/kinds.ts'
import { kinds } from '../crds/kinds.ts'
import { derived } from '../crds/samples/derived.ts'
import { beyondCel } from '../crds/samples/edges.ts'
import { full } from '../crds/samples/full.ts'
import { manifests } from '../crds/samples/manifests.ts'
import { validateAgentTemplate } from './agent-template/validate.ts'
import { validateAgent } from './agent/validate.ts'
import { validateConfig } from './config/validate.ts'
import { validateCronTask } from './cron-task/validate.ts'
import { faultText } from './findings.ts'
import { meddled } from './samples/meddled.ts'
import { agentSpec, stored } from './samples/reviews.ts'
import { hooks } from './table.ts'
import { validateTask } from './task/validate.ts'

const validateOf = (kind: KindName) => {
  const hook = hooks.find((one) => one.type === 'validate' && one.kind === kind)
  if (hook?.type !== 'validate') throw new Error(`${kind} has no validating hook`)
  return hook.validate
}

const task = (spec: object, rest: Record<string, unknown> = {}) =>
  stored('Task', 'x', { agentRef: { name: 'a' }, ...spec }, rest)
const agent = (spec: object, rest: Record<string, unknown> = {}) =>
  stored('Agent', 'a', { ...agentSpec, ...spec }, rest)
const cronTask = (spec: object) =>
  stored('CronTask', 'c', { schedule: '0 9 * * *', taskTemplate: { spec: { agentRef: { name: 'a' } } }, ...spec })
const running = { status: { phase: 'Running' } }

const text = ({ faults }: { faults: readonly { field: string; message: string }[] }) => faults.map(faultText)

describe('faults name the field and the remedy', () => {
  const cases = [
    {
      name: 'every fault at once',
      got: validateTask(
        task({
          description: 7,
          contexts: [{ text: 'x', fileMode: 0o4777, mountPath: '/workspace/../etc' }],
          timeout: '-1m',
        }),
      ),
      want: [
        'spec.description: must be a text in quotes, but is a number',
        "spec.contexts[0].mountPath: must not contain '..': write the path it leads to",
        'spec.contexts[0].fileMode: must be permission bits from 0 to 0777, which JSON writes in decimal: 0755 is 493, 0777 is 511',
        'spec.timeout: must be a duration greater than zero, such as 30s, 5m or 1h30m',
      ],
    },
    {
      name: 'no reference',
      got: validateTask(stored('Task', 'x', { description: 'do' })),
      want: ['spec: either agentRef or templateRef must be specified'],
    },
    {
      name: 'both references',
      got: validateTask(task({ templateRef: { name: 't' } })),
      want: ['spec: only one of agentRef or templateRef can be specified'],
    },
    {
      name: 'a name of 64 characters',
      got: validateTask(stored('Task', 'x'.repeat(64), { agentRef: { name: 'a' } })),
      want: [
        'metadata.name: metadata.name must have at most 63 characters, because it becomes the value of the label kubeopencode.io/task',
      ],
    },
    {
      name: 'an Agent without a workspace or account',
      got: validateAgent(stored('Agent', 'a', {})),
      want: [
        'spec.workspaceDir: workspaceDir is required unless templateRef names a template that sets it',
        'spec.serviceAccountName: serviceAccountName is required unless templateRef names a template that sets it',
      ],
    },
    {
      name: 'a template without them',
      got: validateAgentTemplate(stored('AgentTemplate', 't', {})),
      want: ['spec.workspaceDir: is required', 'spec.serviceAccountName: is required'],
    },
    {
      name: 'a configuration that is no JSON',
      got: validateAgent(agent({ config: '{\n  "model": "a",\n}' })),
      want: ['spec.config: is no JSON: line 3, column 1: expected a name in double quotes'],
    },
    {
      name: 'a configuration that is JSON but no object',
      got: validateAgent(agent({ config: '[]' })),
      want: ['spec.config: must be a JSON object, such as {"model": "provider/model"}'],
    },
    {
      name: 'a configuration of another type',
      got: validateAgent(agent({ config: 7 })),
      want: ['spec.config: must be a text in quotes or an object with fields'],
    },
    {
      name: 'a configuration that OpenCode does not start with',
      got: validateAgent(agent({ config: { provider: { mock: { options: 'x' } } } })),
      want: ['spec.config.provider.mock.options: must be an object with fields, but is a text in quotes'],
    },
    {
      name: 'the same in a text: where',
      got: validateAgent(agent({ config: '{\n  "provider": {"mock": {"options": "x"}}\n}' })),
      want: [
        'spec.config.provider.mock.options: must be an object with fields, but is a text in quotes (line 2, column 36)',
      ],
    },
    {
      name: 'a configuration that is too long',
      got: validateAgent(agent({ config: `{"model": "${'a'.repeat(524_288)}"}` })),
      want: ['spec.config: must have at most 524288 characters'],
    },
    {
      name: 'two credentials for one variable and one file',
      got: validateAgent(
        agent({
          credentials: [
            { name: 'a', secretRef: { name: 's', key: 'a' }, env: 'TOKEN' },
            { name: 'b', secretRef: { name: 's', key: 'b' }, env: 'TOKEN' },
            { name: 'c', secretRef: { name: 's', key: 'a' }, mountPath: '/home/x' },
            { name: 'd', secretRef: { name: 's', key: 'b' }, mountPath: '/home/x' },
          ],
        }),
      ),
      want: [
        'spec.credentials[1].env: TOKEN is set by another credential already: choose another variable',
        'spec.credentials[3].mountPath: /home/x is taken by credential "c": choose another path',
      ],
    },
    {
      name: 'a variable that changes which code runs',
      got: validateAgent(agent({ podSpec: { extraEnv: [{ name: 'LD_PRELOAD', value: 'x' }] } })),
      want: ['spec.podSpec.extraEnv[0].name: is reserved, because it changes which code runs: choose another variable'],
    },
    {
      name: 'two ports with one number',
      got: validateAgent(
        agent({
          extraPorts: [
            { name: 'a', port: 80 },
            { name: 'b', port: 80 },
          ],
        }),
      ),
      want: ['spec.extraPorts[1].port: 80/TCP is offered by another port already: choose another number'],
    },
    {
      name: 'a schedule that can never fire',
      got: validateCronTask(cronTask({ schedule: '0 0 30 2 *' })),
      want: ['spec.schedule: can never fire, because no month it names has such a day: choose another day or month'],
    },
    {
      name: 'a zone that does not exist',
      got: validateCronTask(cronTask({ timeZone: 'Europe/Atlantis' })),
      want: ['spec.timeZone: is no time zone this system knows: use a name such as Europe/Berlin'],
    },
    {
      name: 'a second set of settings',
      got: validateConfig(stored('KubeOpenCodeConfig', 'other', {})),
      want: ["metadata.name: KubeOpenCodeConfig must be named 'cluster'"],
    },
    { name: 'nothing at all', got: validateTask([]), want: ['object: must be an object with fields, but is a list'] },
    {
      name: 'nesting beyond reason',
      got: validateAgent(agent({ config: JSON.parse(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`) })),
      want: ['spec: must not be nested more than 100 levels deep'],
    },
  ]
  test.each(cases)('$name', ({ got, want }) => expect(text(got)).toEqual(want))
})

describe('changes', () => {
  const before = agent({ persistence: { sessions: { size: '1Gi' } } })
  const cases = [
    {
      name: 'the description of a running Task',
      got: validateTask(task({ description: 'b' }, running), task({ description: 'a' }, running)),
      want: ['spec.description: description is immutable once the Task has left the queue: create another Task'],
    },
    {
      name: 'the Agent of a finished Task',
      got: validateTask(
        task({ agentRef: { name: 'b' } }, { status: { phase: 'Completed' } }),
        task({}, { status: { phase: 'Completed' } }),
      ),
      want: ['spec.agentRef: agentRef is immutable once the Task has left the queue: create another Task'],
    },
    {
      name: 'the description of a queued Task',
      got: validateTask(task({ description: 'b' }), task({ description: 'a' }, { status: { phase: 'Queued' } })),
      want: [],
    },
    { name: 'the timeout of a running Task', got: validateTask(task({ timeout: '1h' }), task({}, running)), want: [] },
    {
      name: 'the size of a volume',
      got: validateAgent(agent({ persistence: { sessions: { size: '2Gi' } } }), before),
      want: [
        'spec.persistence.sessions: is immutable, because a volume claim is: delete and create the Agent to change it',
      ],
    },
    {
      name: 'another volume',
      got: validateAgent(agent({ persistence: { sessions: { size: '1Gi' }, workspace: {} } }), before),
      want: [],
    },
    {
      name: 'metadata of an object that a later rule would refuse',
      got: validateTask(
        stored('Task', 'x', { bad: true }, { metadata: { finalizers: [] } }),
        stored('Task', 'x', { bad: true }, { metadata: { finalizers: ['a/b'] } }),
      ),
      want: [],
    },
    {
      name: 'one field of it',
      got: validateAgent(agent({ suspend: true, profile: 7 }), agent({ profile: 7 })),
      want: [],
    },
    {
      name: 'one field of it, wrongly',
      got: validateAgent(agent({ suspend: 'yes', profile: 7 }), agent({ profile: 7 })),
      want: ['spec.suspend: must be true or false, but is a text in quotes'],
    },
  ]
  test.each(cases)('$name', ({ got, want }) => expect(text(got)).toEqual(want))
})

describe('warnings', () => {
  const cases = [
    {
      name: 'a short idle timeout',
      got: validateAgent(agent({ standby: { idleTimeout: '90s' } })),
      want: ['spec.standby.idleTimeout: 90s stops the server between two Tasks; 2m or more keeps it useful'],
    },
    { name: 'a long one', got: validateAgent(agent({ standby: { idleTimeout: '2m' } })), want: [] },
    {
      name: 'a Secret in clear text',
      got: validateTask(
        task({
          contexts: [
            { git: { repository: 'http://git.corp/x', secretRef: { name: 's' } }, mountPath: 'x' },
            { url: { source: 'http://corp/x', secretRef: { name: 's' } } },
          ],
        }),
      ),
      want: [
        'spec.contexts[0].git.repository: sends the Secret in clear text: use https://',
        'spec.contexts[1].url.source: sends the Secret in clear text: use https://',
        'spec.contexts[0]: a running Agent is told of the repository and has no clone of it: give the context to the Agent, or use templateRef',
      ],
    },
    {
      name: 'two contexts in one place',
      got: validateAgent(
        agent({
          contexts: [
            { text: 'a', mountPath: '/workspace/x' },
            { text: 'b', mountPath: './x' },
          ],
        }),
      ),
      want: ['spec.contexts: mount path conflict: several contexts have mountPath /workspace/x'],
    },
    {
      name: 'what OpenCode does not know, and what everyone would read',
      got: validateAgentTemplate(
        stored('AgentTemplate', 't', {
          ...agentSpec,
          config: '{"modle": "a/b", "provider": {"x": {"options": {"apiKey": "sk-1"}}}}',
        }),
      ),
      want: [
        'spec.config.modle: is not known to OpenCode and has no effect: check its spelling and its place (line 1, column 11)',
        'spec.config.provider.x.options.apiKey: holds a secret in clear text: put it in a Secret, name that in spec.credentials with an env, and write {env:NAME} here (line 1, column 59)',
      ],
    },
    {
      name: 'what Pod Security is about',
      got: validateAgent(
        agent({
          podSpec: {
            securityContext: {
              privileged: true,
              allowPrivilegeEscalation: true,
              capabilities: { add: ['SYS_ADMIN'] },
              procMount: 'Unmasked',
              runAsUser: 0,
            },
            podSecurityContext: {
              sysctls: [{ name: 'a', value: 'b' }],
              seccompProfile: { type: 'Unconfined' },
              runAsUser: 1000,
            },
            extraVolumes: [{ name: 'host', hostPath: { path: '/' } }],
          },
        }),
      ),
      want: [
        expect.stringContaining('spec.podSpec.securityContext.runAsUser:'),
        expect.stringContaining('spec.podSpec.securityContext.privileged:'),
        expect.stringContaining('spec.podSpec.securityContext.capabilities.add:'),
        expect.stringContaining('spec.podSpec.securityContext.procMount:'),
        expect.stringContaining('spec.podSpec.securityContext.allowPrivilegeEscalation:'),
        expect.stringContaining('spec.podSpec.podSecurityContext.seccompProfile:'),
        expect.stringContaining('spec.podSpec.podSecurityContext.sysctls:'),
        expect.stringContaining('spec.podSpec.extraVolumes[0].hostPath:'),
      ],
    },
  ]
  test.each(cases)('$name', ({ got, want }) => {
    expect(got.faults).toEqual([])
    expect(got.warnings).toEqual(want)
  })
})

const samples = [
  ...kinds.flatMap(({ kind }) => full[kind].map((object) => ({ kind, object: object as object }))),
  ...manifests,
]

test.each(samples)('$kind of the samples is accepted', ({ kind, object }) => {
  expect(validateOf(kind)(object).faults).toEqual([])
})

test.each(derived())('$name is refused at its field', ({ kind, object, field }) => {
  const fields = validateOf(kind)(object).faults.map((fault) => fault.field)
  expect(fields).not.toEqual([])
  expect(fields.join('\n')).toContain(field)
})

test.each(beyondCel)('$name is refused', ({ kind, object, field }) => {
  expect(validateOf(kind)(object).faults.map((fault) => fault.field)).toContain(field)
})

test('judges whatever comes, without a surprise', () => {
  const arbitrary = fc
    .constantFrom(...samples)
    .chain(({ kind, object }) => fc.tuple(fc.constant(kind), meddled(object), fc.option(meddled(object))))
  fc.assert(
    fc.property(arbitrary, ([kind, object, prior]) => {
      for (const { field, message } of validateOf(kind)(object, prior ?? undefined).faults)
        expect([field, message].every((part) => part.length > 0)).toBe(true)
    }),
    { numRuns: 200 },
  )
})
