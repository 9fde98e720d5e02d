import type { KubeObject } from '../../../shared/kubernetes.ts'
import { percentile } from '../numbers.ts'
import { until } from '../pace.ts'
import type { Running } from '../pepr/arm.ts'
import { judgeNothing, ours, pepr, startFramework } from '../pepr/arm.ts'
import { peprVersion } from '../pepr/install.ts'
import type { Rig } from '../rig.ts'
import type { Result, Row } from '../row.ts'
import { timeCreates, warmUps, widths } from './admission.ts'

type Width = (typeof widths)[number]

const id = 'pepr'
const percents = [50, 99] as const

/** Each arm has its turn so often, as a machine's mood lasts for seconds. */
const turns = 6

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

/** One arm: who judges, and what the creates took and cost so far. */
interface Arm {
  readonly name: string
  readonly begin: () => Promise<void>
  readonly running?: Running
  readonly times: Map<Width, number[]>
  processorSeconds: number
}

const arm = (name: string, begin: () => Promise<void>, running?: Running): Arm => ({
  name,
  begin,
  ...(running && { running }),
  times: new Map(),
  processorSeconds: 0,
})

const takeTurn = async (rig: Rig, one: Arm, creates: number): Promise<void> => {
  await one.begin()
  const used = (): number => one.running?.processorSeconds() ?? Number.NaN
  const before = used()
  const timed = await timeCreates(rig, creates)
  one.processorSeconds += used() - before
  for (const [width, times] of timed) one.times.set(width, [...(one.times.get(width) ?? []), ...times])
}

const rowsOf = ({ name, running, times, processorSeconds }: Arm, added: Added, creates: number): Row[] => [
  ...widths.flatMap((width) =>
    percents.map((percent) => ({
      id,
      what: `added by ${name}, ${width} in flight, p${percent}`,
      unit: 'ms',
      value: added(times, width, percent),
    })),
  ),
  { id, what: `processor time of ${name} per create`, unit: 'ms', value: (processorSeconds * 1000) / creates },
  { id, what: `most memory of ${name}`, unit: 'MB', value: running?.mostMemory() ?? Number.NaN },
]

type Added = (times: Arm['times'], width: Width, percent: number) => number

/**
 * What our webhooks and Pepr add to the create of a Task with the same rules in both: mutate and validate, no other object
 * asked, each in a process of its own with its usual log in a file; the apiserver calls both as ours are registered, in turns.
 */
export const measureFrameworks = async (rig: Rig, count: number): Promise<Result> => {
  await makeStore(rig)
  const started = [await startFramework(rig, ours), await startFramework(rig, pepr)] as const
  const [our, their] = started
  try {
    const nobody = arm('nobody', () => judgeNothing(rig))
    const ourArm = arm('our webhooks', our.judge, our)
    const theirArm = arm(`Pepr ${peprVersion}`, their.judge, their)
    const creates = Math.ceil(count / turns)
    for (let turn = 0; turn < turns; turn += 1)
      for (const one of [nobody, ourArm, theirArm]) await takeTurn(rig, one, creates)
    const of = (times: Arm['times'], width: Width, percent: number): number =>
      percentile(times.get(width) ?? [], percent)
    const added: Added = (times, width, percent) => of(times, width, percent) - of(nobody.times, width, percent)
    const all = turns * (creates * widths.length + warmUps(creates))
    return {
      rows: [
        ...widths.flatMap((width) =>
          percents.map((percent) => ({
            id,
            what: `a create that nobody judges, ${width} in flight, p${percent}`,
            unit: 'ms',
            value: of(nobody.times, width, percent),
          })),
        ),
        ...rowsOf(ourArm, added, all),
        ...rowsOf(theirArm, added, all),
        {
          id,
          what: 'times what Pepr adds, 10 in flight, p50',
          unit: '×',
          value: added(ourArm.times, 10, 50) / added(theirArm.times, 10, 50),
          goal: { atMost: 1 },
        },
      ],
    }
  } finally {
    await judgeNothing(rig)
    for (const running of started) await running.stop()
  }
}
