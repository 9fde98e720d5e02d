import { kinds } from '../../../crds/kinds.ts'
import { timestamp } from '../../../shared/conditions.ts'
import type { Objects, OwnKind } from '../../../shared/kubernetes.ts'

/** A Tuesday morning at work: what a picture shows of times is the same whenever it is made. */
export const now = new Date('2026-06-02T10:24:00Z')

export const team = 'shop'

export const ago = (minutes: number): string => timestamp(new Date(now.getTime() - minutes * 60_000))

/** An object of the team, made so many minutes ago. Throws for what the schema of its kind does not allow. */
export const made = <K extends OwnKind>(
  kind: K,
  name: string,
  minutes: number,
  { metadata, ...rest }: { readonly metadata?: object; readonly spec: object; readonly status?: object },
): Objects[K] => {
  const object = {
    apiVersion: 'kubeopencode.io/v1alpha1',
    kind,
    metadata: {
      name,
      ...(kind !== 'KubeOpenCodeConfig' && { namespace: team }),
      uid: `uid-of-${name}`,
      resourceVersion: '1000',
      generation: 1,
      creationTimestamp: ago(minutes),
      ...metadata,
    },
    ...rest,
  }
  return kinds.find((one) => one.kind === kind)?.object.parse(object) as Objects[K]
}
