import type { KubeObject } from '../../../shared/kubernetes.ts'
import { percentile } from '../numbers.ts'
import { until } from '../pace.ts'
import type { Framework } from '../pepr/arm.ts'
import { ours, pepr, startFramework } from '../pepr/arm.ts'
import { peprVersion } from '../pepr/install.ts'
import type { Rig } from '../rig.ts'
import type { Result, Row } from '../row.ts'
import type { Creates } from './admission.ts'
import { timeCreates, warmUps, widths } from './admission.ts'

const id = 'pepr'
const percents = [50, 99] as const

interface Arm {
  readonly creates: Creates
  /** Of its process per create, in milliseconds. */
  readonly processorMs: number
  readonly mostMemory: number
}

/** The namespace and kind that Pepr keeps what it remembers in; it does not answer before it has asked for them. */
const makeStore = async ({ functions, person }: Rig): Promise<void> => {
  const names = { plural: 'peprstores', singular: 'peprstore', kind: 'PeprStore' }
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
  await functions.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'pepr-system' } })
  await functions.apply({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'peprstores.pepr.dev' },
    spec: {
      group: 'pepr.dev',
      names,
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  } as KubeObject)
  const isServed = (): Promise<boolean> =>
    person.read('/apis/pepr.dev/v1/peprstores').then(
      () => true,
      () => false,
    )
  await until(() => 'the apiserver does not serve PeprStore', isServed, 30)
}

const judgedBy = async (rig: Rig, count: number, framework: Framework): Promise<Arm> => {
  const running = await startFramework(rig, framework)
  try {
    const before = running.processorSeconds() ?? Number.NaN
    const creates = await timeCreates(rig, count)
    const used = (running.processorSeconds() ?? Number.NaN) - before
    const processorMs = (used * 1000) / (count * widths.length + warmUps(count))
    return { creates, processorMs, mostMemory: running.mostMemory() ?? Number.NaN }
  } finally {
    await running.stop()
  }
}

/**
 * What our webhooks and Pepr add to the create of a Task with the same rules in both: mutate and validate, no other object
 * asked, each in a process of its own with its usual log in a file; the apiserver calls both as ours are registered.
 */
export const measureFrameworks = async (rig: Rig, count: number): Promise<Result> => {
  await makeStore(rig)
  const without = await timeCreates(rig, count)
  const arms = [
    { name: 'our webhooks', arm: await judgedBy(rig, count, ours) },
    { name: `Pepr ${peprVersion}`, arm: await judgedBy(rig, count, pepr) },
  ]
  const added = ({ creates }: Arm, width: (typeof widths)[number], percent: number): number =>
    percentile(creates.get(width) ?? [], percent) - percentile(without.get(width) ?? [], percent)
  const rows: Row[] = arms.flatMap(({ name, arm }) => [
    ...widths.flatMap((width) =>
      percents.map((percent) => ({
        id,
        what: `added by ${name}, ${width} in flight, p${percent}`,
        unit: 'ms',
        value: added(arm, width, percent),
      })),
    ),
    { id, what: `processor time of ${name} per create`, unit: 'ms', value: arm.processorMs },
    { id, what: `most memory of ${name}`, unit: 'MB', value: arm.mostMemory },
  ])
  const [one, other] = arms
  if (one && other)
    rows.push({
      id,
      what: 'times what Pepr adds, 10 in flight, p50',
      unit: '×',
      value: added(one.arm, 10, 50) / added(other.arm, 10, 50),
      goal: { atMost: 1 },
    })
  return { rows }
}
