import { describe, expect, test } from 'vitest'
import type { ContextItem } from '../../crds/context.ts'
import {
  agent,
  agentTemplate,
  ready,
  withAgentSpec,
  withAgentStatus,
  withTemplateSpec,
} from '../../test/builders/agent.ts'
import { withMetadata } from '../../test/builders/change.ts'
import { agentTarget, settings, taskSight, templateTarget } from '../../test/builders/sight.ts'
import { fromTemplate, task, withSpec } from '../../test/builders/task.ts'
import { traceOf } from '../../shared/trace.ts'
import { sessionServer } from '../workload/names.ts'
import type { TaskObjects } from './builders.ts'
import { taskObjects } from './builders.ts'
import type { TaskSight } from './sight.ts'

const built = (seen: Partial<TaskSight> = {}): TaskObjects => {
  const sight = taskSight(seen)
  if (sight.target.kind === 'missing') throw new Error('there is nobody to do it')
  const objects = taskObjects(sight, sight.target)
  if ('faults' in objects) throw new Error(objects.faults.map(({ message }) => message).join('; '))
  return objects
}
const mainOf = ({ pod }: TaskObjects) => pod.spec!.containers[0]!
const initsOf = ({ pod }: TaskObjects) => pod.spec?.initContainers?.map(({ name }) => name)
const scriptOf = (objects: TaskObjects): string => mainOf(objects).command!.at(-1)!
const envOf = (objects: TaskObjects) =>
  Object.fromEntries((mainOf(objects).env ?? []).map(({ name, value }) => [name, value]))
const rule: ContextItem = { name: 'rule', text: 'Be kind.', fileMode: 0o644 }
const title = "--title 'kubeopencode/default/job/task-uid'"

describe('a trace', () => {
  test('goes on in the Pod, with an id that is made of the uid', () => {
    const parent = task(withMetadata({ uid: '0af76519-16cd-43dd-8448-eb211c80319c' }))
    expect(envOf(built({ parent }))).toMatchObject({
      TRACEPARENT: '00-0af7651916cd43dd8448eb211c80319c-8448eb211c80319c-01',
    })
  })

  test('that somebody began goes on', () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00'
    const parent = task(withMetadata({ annotations: { 'kubeopencode.io/traceparent': traceparent } }))
    expect(envOf(built({ parent }))).toMatchObject({ TRACEPARENT: traceparent })
    const unrecorded = { parent, settings: { ...settings, isTraced: true } }
    expect(envOf(built(unrecorded))).toMatchObject({ TRACEPARENT: traceparent })
  })

  test('goes on below the Task’s own span, where that is told', () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const parent = task(withMetadata({ annotations: { 'kubeopencode.io/traceparent': traceparent } }))
    expect(envOf(built({ parent }))).toMatchObject({ TRACEPARENT: traceparent })
    const own = traceOf(parent)?.root
    expect(envOf(built({ parent, settings: { ...settings, isTraced: true } }))).toMatchObject({
      TRACEPARENT: `00-4bf92f3577b34da6a3ce929d0e0e4736-${own}-01`,
    })
  })
})

describe('what a Task owns', () => {
  const { configMap, pod } = built()
  const metadata = {
    namespace: 'default',
    labels: { app: 'kubeopencode', 'kubeopencode.io/task': 'job' },
    ownerReferences: [
      {
        apiVersion: 'kubeopencode.io/v1alpha1',
        kind: 'Task',
        name: 'job',
        uid: 'task-uid-1',
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  }
  test('the ConfigMap, which never changes', () =>
    expect(configMap).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...metadata, name: 'job-context' },
      immutable: true,
      data: { 'file-0': 'Fix the bug.' },
    }))
  test('the Pod, which runs once and is not selected by the Agent’s Service', () => {
    const labels = { ...metadata.labels, 'kubeopencode.io/served-by': 'coder' }
    expect(pod.metadata).toEqual({ ...metadata, labels, name: 'job-pod' })
    expect(pod.spec?.restartPolicy).toBe('Never')
  })
})

describe('a Task of a live Agent', () => {
  test('hands the prompt to the server, on stdin', () =>
    expect(scriptOf(built())).toBe(
      `export PATH="/tools:$PATH"\nBUN_BE_BUN=1 exec /tools/opencode /tools/run.js run --attach http://coder.default.svc.cluster.local:4096 ${title} < "$WORKSPACE_DIR/task.md"`,
    ))

  test('by OpenCode’s own client where the installation says so', () => {
    const { settings } = taskSight()
    expect(scriptOf(built({ settings: { ...settings, taskClient: 'opencode' } }))).toContain(
      `exec /tools/opencode run --attach http://coder.default.svc.cluster.local:4096 ${title} < `,
    )
  })

  test('in the small image, without OpenCode’s own settings', () => {
    const objects = built({
      target: agentTarget(agent(ready, withAgentSpec({ attachImage: 'example.com/attach:v1' }))),
    })
    expect(mainOf(objects).image).toBe('example.com/attach:v1')
    expect(envOf(objects)).toMatchObject({
      HOME: '/tmp',
      SHELL: '/bin/bash',
      WORKSPACE_DIR: '/workspace',
      TASK_NAME: 'job',
      TASK_NAMESPACE: 'default',
    })
    expect(Object.keys(envOf(objects)).filter((name) => name.startsWith('OPENCODE'))).toEqual([
      'OPENCODE_SERVER_USERNAME',
      'OPENCODE_SERVER_PASSWORD',
    ])
  })

  describe('the password of the server', () => {
    const open = { ...settings, security: { ...settings.security, requireServerPassword: false } }
    const passwordOf = (...seen: Parameters<typeof built>) =>
      mainOf(built(...seen)).env?.find(({ name }) => name === 'OPENCODE_SERVER_PASSWORD')
    const named = {
      name: 'OPENCODE_SERVER_PASSWORD',
      valueFrom: { secretKeyRef: { name: 'coder-server-auth', key: 'password' } },
    }

    test('comes from the Agent’s Secret', () => expect(passwordOf()).toEqual(named))

    test('also for a command of the user’s own', () =>
      expect(passwordOf({ target: agentTarget(agent(ready, withAgentSpec({ command: ['run'] }))) })).toEqual(named))

    test('is none where the cluster asks for none', () =>
      expect(passwordOf({ settings: open, target: agentTarget(agent()) })).toBeUndefined())

    test('is still sent while a server that has one may run', () =>
      expect(
        passwordOf({
          settings: open,
          target: agentTarget(agent(ready, withAgentStatus({ authSecretName: 'coder-server-auth' }))),
        }),
      ).toEqual(named))

    test('is what the sessions are asked for with, where the server that runs has one', () => {
      const at = { namespace: 'default', service: 'coder' }
      expect(sessionServer(agent(ready))).toEqual({ ...at, port: 'guard', agentUid: 'agent-uid-1' })
      expect(sessionServer(agent())).toEqual({ ...at, port: 4096 })
    })

    test('is not that of an Agent where a template is run', () =>
      expect(passwordOf({ target: templateTarget() })).toBeUndefined())
  })

  test('reads its prompt where the kubelet mounts it: nobody edits it, and a container that copies it takes a second', () => {
    const objects = built()
    expect(initsOf(objects)).toEqual(['opencode-init'])
    expect(mainOf(objects).volumeMounts?.slice(1)).toEqual([
      { name: 'workspace', mountPath: '/workspace' },
      { name: 'context-files', mountPath: '/workspace/task.md', subPath: 'file-0', readOnly: true },
    ])
  })

  test.each([
    { name: 'with contexts of its own', seen: { parent: task(withSpec({ contexts: [rule] })) } },
    { name: 'with a command that may edit it', seen: { target: agentTarget(agent(ready, withAgentSpec({ command: ['x'] }))) } },
    { name: 'of a template, where the agent works', seen: { parent: task(fromTemplate), target: templateTarget() } },
  ])('has its prompt copied into the workspace $name', ({ seen }) => {
    const objects = built(seen)
    expect(initsOf(objects)).toEqual(['opencode-init', 'context-init'])
    expect(mainOf(objects).volumeMounts?.map(({ mountPath }) => mountPath)).not.toContain('/workspace/task.md')
  }) // prettier-ignore

  test('its own contexts go in before the prompt, because the server sees none of its files', () => {
    const objects = built({ parent: task(withSpec({ contexts: [rule] })) })
    expect(objects.configMap.data?.['file-1']).toContain('Be kind.')
    expect(scriptOf(objects)).toMatch(
      /\ncat "\$WORKSPACE_DIR\/.kubeopencode\/context.md" "\$WORKSPACE_DIR\/task.md" > "\$WORKSPACE_DIR\/.kubeopencode\/prompt.md"\n.* < "\$WORKSPACE_DIR\/.kubeopencode\/prompt.md"$/,
    )
  })

  test('the Agent’s contexts are on its server already', () => {
    const target = agentTarget(agent(ready, withAgentSpec({ contexts: [rule] })))
    expect(built({ target }).configMap.data).toEqual({ 'file-0': 'Fix the bug.' })
  })

  test('a custom command is used word for word, in the image the agent works in', () => {
    const command = ['python3', '-c', 'print(1)']
    const objects = built({
      target: agentTarget(agent(ready, withAgentSpec({ command, executorImage: 'example.com/py:v1' }))),
    })
    expect(mainOf(objects)).toMatchObject({ command, image: 'example.com/py:v1' })
    expect(objects.pod.spec?.serviceAccountName).toBe('bot')
  })

  test('another port and another cluster domain', () => {
    const sight = taskSight({ target: agentTarget(agent(ready, withAgentSpec({ port: 8080 }))) })
    const objects = built({ ...sight, settings: { ...sight.settings, clusterDomain: 'corp.example' } })
    expect(scriptOf(objects)).toContain('--attach http://coder.default.svc.corp.example:8080 ')
  })
})

describe('a Task of a template', () => {
  const parent = task(fromTemplate, withSpec({ contexts: [{ ...rule, name: 'own', text: 'Be quick.' }] }))
  const config = { model: 'mock/mock-1' }
  const target = templateTarget(agentTemplate(withTemplateSpec({ contexts: [rule], config })))
  const objects = built({ parent, target })

  test('runs OpenCode in its own Pod', () => {
    expect(scriptOf(objects)).toBe(
      `export PATH="/tools:$PATH"\nBUN_BE_BUN=1 exec /tools/opencode /tools/run.js run ${title} < "$WORKSPACE_DIR/task.md"`,
    )
    expect(objects.pod.spec?.serviceAccountName).toBe('bot')
  })

  test('with the template’s contexts first, and its configuration', () => {
    expect(objects.configMap.data).toEqual({
      'file-0': 'Fix the bug.',
      'file-1': `${JSON.stringify(config, null, 2)}\n`,
      'file-2': expect.stringMatching(/Be kind\.[^]*Be quick\./),
    })
    expect(envOf(objects)).toMatchObject({
      OPENCODE_CONFIG: '/tools/opencode.json',
      OPENCODE_PERMISSION: '{"*":"allow"}',
      OPENCODE_CONFIG_CONTENT: '{"instructions":[".kubeopencode/context.md"]}',
    })
  })

  test('a permission in the configuration stands', () => {
    const strict = templateTarget(agentTemplate(withTemplateSpec({ config: '{"permission":{"bash":"deny"}}' })))
    expect(envOf(built({ parent, target: strict }))).not.toHaveProperty('OPENCODE_PERMISSION')
  })
})

test('a description with quotes, dollars and flags reaches no shell', () => {
  const description = `--help "$(rm -rf /)" '; exit`
  const objects = built({ parent: task(withSpec({ description })) })
  expect(objects.configMap.data?.['file-0']).toBe(description)
  expect(scriptOf(objects)).toBe(scriptOf(built()))
})

describe('a Pod that may wait for a person', () => {
  const asks = { permission: { bash: 'ask' } }
  const of = (spec: object, more: Partial<TaskSight> = {}) =>
    built({ target: agentTarget(agent(ready, withAgentSpec(spec))), ...more })
  const waits = (objects: TaskObjects) => ({
    seconds: envOf(objects)['PERMISSION_WAIT_SECONDS'],
    isProbed: mainOf(objects).readinessProbe !== undefined,
  })
  const not = { seconds: undefined, isProbed: false }
  const cases = [
    { name: 'where the configuration asks', objects: of({ config: asks }), want: { seconds: '3600', isProbed: true } },
    { name: 'for as long as is said', objects: of({ config: asks, approvals: { timeout: '1h1s' } }), want: { seconds: '3601', isProbed: true } },
    { name: 'where one of its agents asks', objects: of({ config: '{"agent":{"build":{"permission":{"bash":"ask"}}}}' }), want: { seconds: '3600', isProbed: true } },
    { name: 'not where nothing is asked', objects: of({ config: { model: 'a/b' } }), want: not },
    { name: "not with OpenCode's own client", objects: of({ config: asks }, { settings: { ...settings, taskClient: 'opencode' } }), want: not },
    { name: 'not with a command of the user’s own', objects: of({ config: asks, command: ['x'] }), want: not },
    {
      name: 'not where nobody can reach its server',
      objects: built({ parent: task(fromTemplate), target: templateTarget(agentTemplate(withTemplateSpec({ config: asks }))) }),
      want: not,
    },
  ] // prettier-ignore
  test.each(cases)('$name', ({ objects, want }) => expect(waits(objects)).toEqual(want))

  test('is asked on the port that the runner is told', () => {
    const objects = of({ config: asks })
    expect(mainOf(objects).readinessProbe?.httpGet?.port).toBe(Number(envOf(objects)['ASKING_PORT']))
  })
})
