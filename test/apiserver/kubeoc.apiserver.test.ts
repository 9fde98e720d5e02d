import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { run } from '../../cli/program.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { testIo } from '../builders/io.ts'
import { installRoles } from './people.ts'
import { personWith } from './persons.ts'
import type { Served } from './served.ts'
import { serve } from './served.ts'

let served: Served
const group = 'kubeopencode.io/v1alpha1'

const kubeoc = async (...words: string[]) => {
  const io = testIo()
  const code = await run(['--kubeconfig', served.kubeconfig, ...words], io)
  return { code, out: io.stdout(), err: io.stderr() }
}
const kubectl = (...words: string[]): string =>
  execFileSync(served.kubectl, ['--kubeconfig', served.kubeconfig, ...words], { encoding: 'utf8' })

const create = async (object: object): Promise<void> => void (await served.cluster.create(object as KubeObject))
const agent = (name: string, spec: object = {}) =>
  create({
    apiVersion: group,
    kind: 'Agent',
    metadata: { name, namespace: 'default' },
    spec: { workspaceDir: '/workspace', serviceAccountName: 'default', profile: 'repairs things', ...spec },
  })
const task = (name: string, agentName: string, labels: object = {}) =>
  create({
    apiVersion: group,
    kind: 'Task',
    metadata: { name, namespace: 'default', labels },
    spec: { agentRef: { name: agentName }, description: 'x' },
  })
const isQueued = (name: string) =>
  served.until(
    () => served.cluster.get({ kind: 'Task', namespace: 'default', name }),
    (seen) => seen?.status?.phase === 'Queued',
  )

beforeAll(async () => {
  served = await serve('kubeoc')
  await agent('coder', { maxConcurrentTasks: 1 })
  await task('first', 'coder', { team: 'x' })
  const first = await isQueued('first')
  // Turns go by the second of creation.
  const next = Date.parse(first?.metadata.creationTimestamp ?? '') + 1000
  await served.until(
    async () => Date.now(),
    (milliseconds) => milliseconds >= next,
  )
  await task('second', 'coder')
  await isQueued('second')
  await create({
    apiVersion: group,
    kind: 'CronTask',
    metadata: { name: 'nightly', namespace: 'default' },
    spec: { schedule: '0 3 * * *', taskTemplate: { spec: { agentRef: { name: 'coder' }, description: 'x' } } },
  })
  await create({
    apiVersion: group,
    kind: 'AgentTemplate',
    metadata: { name: 'base', namespace: 'default' },
    spec: { workspaceDir: '/workspace', serviceAccountName: 'default' },
  })
  await served.until(
    () => served.cluster.get({ kind: 'CronTask', namespace: 'default', name: 'nightly' }),
    (seen) => seen?.status?.nextScheduleTime !== undefined,
  )
  // What is shown twice must not change in between.
  await served.settled()
}, 1_200_000)
afterAll(() => served?.close())

/** Seconds pass between two looks. */
const withoutAges = (text: string): string => text.replaceAll(/\b(\d+[smhd])+\b/g, 'AGE')

describe('get shows what kubectl shows', () => {
  const cases = [
    ['tasks'],
    ['tasks', '-o', 'wide'],
    ['tk', '-A'],
    ['agents', '-o', 'wide', '-A'],
    ['agents,tasks'],
    ['crontasks', '--no-headers'],
    ['agt'],
    ['ktc'],
    ['task', 'second', 'first'],
    ['task/first', 'agent/coder'],
    ['tasks', '-l', 'team=x'],
    ['tasks', '--field-selector', 'status.phase=Queued'],
    ['tasks', '-o', 'name'],
    ['task', 'first', '-o', 'name'],
  ]
  test.each(cases.map((words) => [words.join(' '), words] as const))('%s', async (_, words) => {
    const { code, out } = await kubeoc('get', ...words)
    expect(code).toBe(0)
    expect(withoutAges(out)).toBe(withoutAges(kubectl('get', ...words)))
  })

  const documents = [['task', 'first'], ['tasks'], ['agents', '-A']]
  test.each(documents.map((words) => [words.join(' '), words] as const))('%s as JSON and YAML', async (_, words) => {
    const wanted: unknown = JSON.parse(kubectl('get', ...words, '-o', 'json'))
    expect(JSON.parse((await kubeoc('get', ...words, '-o', 'json')).out)).toEqual(wanted)
    expect(parse((await kubeoc('get', ...words, '-o', 'yaml')).out)).toEqual(wanted)
  })
})

test('get --watch shows what is there, then each change, until Ctrl-C', async () => {
  const io = testIo()
  const watching = run(['--kubeconfig', served.kubeconfig, 'get', 'tasks', '-w', '-l', 'watched=yes'], io)
  await task('watched', 'coder', { watched: 'yes' })
  await served.until(
    async () => io.stdout(),
    (text) => /watched\s+Queued/.test(text),
  )
  await kubeoc('task', 'stop', 'watched')
  await served.until(
    async () => io.stdout(),
    (text) => /watched\s+Completed/.test(text),
  )
  io.interrupt()
  expect(await watching).toBe(130)
  const lines = io.stdout().trimEnd().split('\n')
  expect(lines[0]).toMatch(/^NAME\s+PHASE\s+AGENT\s+AGE$/)
  expect(lines.slice(1).every((line) => line.startsWith('watched'))).toBe(true)
})

test('describe tells conditions, queue, children and events', async () => {
  const first = await kubeoc('describe', 'task', 'first')
  expect(first).toMatchObject({ code: 0, err: '' })
  expect(first.out).toMatch(/^Name: +first\n/)
  expect(first.out).toMatch(/Queue:\n +Place: +1\n/)
  expect(first.out).toMatch(/Queued +True +\S+ +AgentServerNotReady +waiting for the server of Agent coder/)
  expect(first.out).toMatch(/Events:\n +TYPE +REASON +AGE +MESSAGE\n +Normal +Queued/)

  const { out } = await kubeoc('describe', 'agent/coder')
  expect(out).toMatch(/Deployment +coder-server +0 of 1 ready/)
  expect(out).toMatch(/Service +coder/)
  expect(out).toMatch(/Task +second +Queued/)
  expect((await kubeoc('describe', 'crontask', 'nightly')).out).toMatch(/Next run: +\d{4}-\d\d-\d\dT03:00:00Z \(in /)
  expect((await kubeoc('describe', 'agt')).out).toMatch(/^Name: +base\n/)
})

describe('why says what is waited for, and what would let it go', () => {
  test('a place in a queue', async () => {
    const { code, out } = await kubeoc('task', 'why', 'second')
    expect(code).toBe(0)
    expect(out).toMatch(/^Task second waits at place 2, since \d+s\.\n/)
    expect(out).toContain('AgentServerNotReady: waiting for the server of Agent coder to become ready')
    expect(out).toContain('Before it: first\n')
    expect(out).toContain('kubeoc describe agent coder')
  })

  test('an Agent that is suspended', async () => {
    await agent('sleeper')
    expect(await kubeoc('agent', 'suspend', 'sleeper')).toMatchObject({ code: 0, out: 'Agent sleeper is suspended\n' })
    await task('tired', 'sleeper')
    await isQueued('tired')
    expect((await kubeoc('task', 'why', 'tired')).out).toMatch(
      /AgentSuspended: .*suspended by a person[\s\S]*kubeoc agent resume sleeper/,
    )
    expect((await kubeoc('agent', 'resume', 'sleeper')).out).toBe('Agent sleeper is resumed; its server starts\n')
    const { spec } = (await served.cluster.get({ kind: 'Agent', namespace: 'default', name: 'sleeper' })) ?? {}
    expect(spec?.suspend).toBe(false)
  })

  test('one that has failed', async () => {
    await create({
      apiVersion: group,
      kind: 'Task',
      metadata: { name: 'lost', namespace: 'default' },
      spec: { templateRef: { name: 'nowhere' }, description: 'x' },
    })
    await served.until(
      () => served.cluster.get({ kind: 'Task', namespace: 'default', name: 'lost' }),
      (seen) => seen?.status?.phase === 'Failed',
    )
    const { out } = await kubeoc('task', 'why', 'lost')
    expect(out).toMatch(/^Task lost has failed\.\n.*AgentTemplate.*nowhere/)
  })
})

test('stop ends a Task, and says so where it has ended already', async () => {
  await task('doomed', 'coder')
  await isQueued('doomed')
  expect(await kubeoc('task', 'stop', 'doomed')).toMatchObject({ code: 0, out: 'Task doomed is asked to stop\n' })
  await served.until(
    () => served.cluster.get({ kind: 'Task', namespace: 'default', name: 'doomed' }),
    (seen) => seen?.status?.phase === 'Completed',
  )
  expect((await kubeoc('task', 'stop', 'doomed')).out).toContain('has ended already')
  expect((await kubeoc('task', 'why', 'doomed')).out).toContain('Task doomed was stopped')
})

test('trigger answers with the name of the Task, suspend and resume hold the schedule', async () => {
  // By a clock that stands still it waits for as long as the functions take.
  const now = new Date()
  const io = testIo({ now: () => now })
  expect(await run(['--kubeconfig', served.kubeconfig, 'crontask', 'trigger', 'nightly'], io)).toBe(0)
  const [, name = ''] = /^Task (nightly-\d+) is created\n$/.exec(io.stdout()) ?? []
  expect(await served.cluster.get({ kind: 'Task', namespace: 'default', name })).toBeDefined()
  expect((await kubeoc('crontask', 'suspend', 'nightly')).out).toBe('CronTask nightly is suspended\n')
  expect((await kubeoc('crontask', 'suspend', 'nightly')).out).toBe('CronTask nightly is suspended already\n')
  expect((await kubeoc('crontask', 'resume', 'nightly')).out).toContain('follows its schedule again: 0 3 * * *')
})

describe('create', () => {
  test('gives the name, and the warnings of admission', async () => {
    const made = await kubeoc(
      'create',
      'task',
      'Repair the tests',
      '--agent',
      'nobody',
      '--timeout',
      '5m',
      '--label',
      'a=b',
    )
    expect(made.out).toMatch(/^Task nobody-\w{5} is created\n$/)
    expect(made.err).toContain('warning: spec.agentRef.name: Agent nobody does not exist')
  })
  test('is refused with the field', async () => {
    const { code, err } = await kubeoc('create', 'task', 'x', '--agent', 'coder', '--timeout', 'soon')
    expect(code).toBe(1)
    expect(err).toContain('spec.timeout')
  })
  test('stores nothing on trial', async () => {
    const { code, out } = await kubeoc('create', 'task', 'x', '--agent', 'coder', '--name', 'trial', '--dry-run')
    expect({ code, out }).toEqual({ code: 0, out: 'Task trial would be created\n' })
    expect(await served.cluster.get({ kind: 'Task', namespace: 'default', name: 'trial' })).toBeUndefined()
  })
  test('says how it ended', async () => {
    const io = testIo()
    const words = ['create', 'task', 'x', '--agent', 'coder', '--name', 'waited', '--wait']
    const waiting = run(['--kubeconfig', served.kubeconfig, ...words], io)
    await isQueued('waited')
    await kubeoc('task', 'stop', 'waited')
    expect(await waiting).toBe(1)
    expect(io.stderr()).toContain('Task waited was stopped')
  })
})

test('names that nearly are ones are guessed', async () => {
  expect((await kubeoc('get', 'task', 'frist')).err).toBe(
    'error: Task frist is not there in namespace default: did you mean first?\n',
  )
  expect((await kubeoc('task', 'stop', 'x', '-n', 'empty')).err).toContain('there are no tasks there')
})

test('completion knows the names', async () => {
  const completed = async (...words: string[]) => (await kubeoc('__complete', '--', ...words)).out.split('\n')
  expect(await completed('--kubeconfig', served.kubeconfig, 'task', 'why', 'fi')).toEqual(['first', ''])
  expect(await completed('--kubeconfig', served.kubeconfig, 'run', 'x', '--agent', 'c')).toEqual(['coder', ''])
  expect(await completed('--kubeconfig', served.kubeconfig, 'get', 'tasks', '-n', 'kube-s')).toEqual([
    'kube-system',
    '',
  ])
  expect(await completed('--kubeconfig', served.kubeconfig, '-n', 'default', 'get', 'task/sec')).toEqual([
    'task/second',
    '',
  ])
})

test('doctor looks at kinds, webhooks, certificates and rights', async () => {
  const { code, out } = await kubeoc('doctor', '-o', 'json')
  const { findings } = JSON.parse(out) as { findings: { subject: string; state: string; says: string }[] }
  expect(code).toBe(0)
  // This cluster has no node: no Deployment of a controller is there, and no server of an Agent is ever ready.
  const found = findings.filter(({ state }) => state !== 'ok')
  const subjects = found.map(({ subject }) => subject)
  expect(subjects.filter((subject) => !subject.startsWith('agent '))).toEqual(['controller'])
  expect(subjects).toContain('agent default/coder')
  expect(found.find(({ subject }) => subject === 'agent default/coder')?.says).toMatch(/has not been ready for \S+ \(/)
  expect(findings.map(({ says }) => says)).toEqual(
    expect.arrayContaining([
      'is served as v1alpha1, with the fields of this kubeoc',
      'answers: a Task on trial was defaulted and judged',
      'you may attach to agents',
    ]),
  )
})

test('doctor finds the controller of an installation, and says when it is not ready', async () => {
  const labels = {
    'app.kubernetes.io/name': 'kubeopencode',
    'app.kubernetes.io/component': 'controller',
    'app.kubernetes.io/version': '0.0.1',
  }
  await create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'kubeopencode-controller', namespace: 'kubeopencode-system', labels },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'controller', image: 'x' }] } },
    },
  })
  const { code, out, err } = await kubeoc('doctor')
  expect({ code, err }).toEqual({ code: 1, err: 'error: 1 fault found\n' })
  expect(out).toMatch(
    /fault +controller: is not ready \(Deployment kubeopencode-system\/kubeopencode-controller, 0 of 0\)/,
  )
  expect(out).toMatch(/warning +controller: has version 0\.0\.1, and this kubeoc /)
  expect((await kubeoc('version')).out).toContain('controller: 0.0.1')
  await served.cluster.remove(
    { kind: 'Deployment', namespace: 'kubeopencode-system', name: 'kubeopencode-controller' },
    (
      await served.cluster.get({
        kind: 'Deployment',
        namespace: 'kubeopencode-system',
        name: 'kubeopencode-controller',
      })
    )?.metadata?.uid ?? '',
  )
})

describe('with the rights of others', () => {
  const as = (name: string, role?: string) => personWith(served, name, role)
  const asked = async (kubeconfig: string, ...words: string[]) => {
    const io = testIo()
    return { code: await run(['--kubeconfig', kubeconfig, ...words], io), err: io.stderr(), out: io.stdout() }
  }

  beforeAll(() => installRoles(served.send))

  test('a viewer sees, and is told which role does more', async () => {
    const viewer = await as('viewer', 'kubeopencode-viewer')
    expect((await asked(viewer, 'get', 'tasks')).code).toBe(0)
    expect((await asked(viewer, 'task', 'why', 'first')).code).toBe(0)
    expect(await asked(viewer, 'task', 'stop', 'first')).toMatchObject({
      code: 1,
      err: 'error: cannot stop Task first: you may not patch tasks in namespace default: ask an administrator to bind you the ClusterRole kubeopencode-user\n',
    })
    expect((await asked(viewer, 'get', 'tasks', '-A')).err).toContain('you may not list tasks in the whole cluster')
    expect((await asked(viewer, 'agent', 'suspend', 'coder')).err).toContain('ClusterRole kubeopencode-agent-admin')
    const doctor = await asked(viewer, 'doctor')
    expect(doctor.out).toContain(
      'you may not give work and stop it, for want of create tasks, patch tasks: ClusterRole kubeopencode-user gives it',
    )
    expect(doctor.out).toContain('kind tasks: is served')
  })

  test('a stranger is told what he may not', async () => {
    const stranger = await as('stranger')
    expect(await asked(stranger, 'get', 'agents')).toMatchObject({
      code: 1,
      err: 'error: cannot list agents: you may not list agents in namespace default: ask an administrator to bind you the ClusterRole kubeopencode-viewer\n',
    })
    expect((await asked(stranger, 'get', 'agents', '-w')).err).toContain('you may not list agents')
  })

  test('a token that is none any more is told', async () => {
    const file = join(served.dir, 'bad.kubeconfig')
    const config = parse(kubectl('config', 'view', '--raw', '--flatten')) as { users: { user: object }[] }
    for (const entry of config.users) entry.user = { token: 'no-such-token' }
    writeFileSync(file, JSON.stringify(config))
    expect((await asked(file, 'get', 'agents')).err).toContain('does not accept the credentials of user')
  })
})

describe('an apiserver that is not one', () => {
  const at = (server: string): string => {
    const config = parse(kubectl('config', 'view', '--raw', '--flatten')) as {
      clusters: { cluster: { server: string } }[]
    }
    for (const { cluster } of config.clusters) cluster.server = server
    const file = join(served.dir, 'elsewhere.kubeconfig')
    writeFileSync(file, JSON.stringify(config))
    return file
  }
  test('nobody listens', async () => {
    const io = testIo()
    expect(await run(['--kubeconfig', at('https://127.0.0.1:1'), 'get', 'tasks'], io)).toBe(1)
    expect(io.stderr()).toMatch(
      /^error: the apiserver at https:\/\/127.0.0.1:1 \(context \S+\) cannot be reached: nobody listens there/,
    )
  })
  test('it never answers: bounded, and Ctrl-C ends it', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const kubeconfig = at(`https://127.0.0.1:${(silent.address() as AddressInfo).port}`)
    const io = testIo()
    expect(await run(['--kubeconfig', kubeconfig, '--request-timeout', '300ms', 'get', 'tasks'], io)).toBe(1)
    expect(io.stderr()).toContain('did not answer within 0.3 s')
    const other = testIo()
    setTimeout(() => other.interrupt(), 200)
    expect(await run(['--kubeconfig', kubeconfig, 'get', 'tasks'], other)).toBe(130)
    expect(other.stderr()).toBe('')
    silent.close()
  })
  test('a context that is gone', async () => {
    expect(await kubeoc('--context', 'gone', 'get', 'tasks')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error: context "gone" is not in the kubeconfig; it has /),
    })
  })
})
