import { API_VERSION, labels } from '../../crds/names.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { describeRef, isControlledBy, refOf } from '../../shared/kubernetes.ts'
import type { AgentSight } from './sight.ts'

const isOfNobody = ({ metadata }: KubeObject): boolean =>
  !(metadata?.ownerReferences ?? []).some(({ controller }) => controller === true)

const isClaim = ({ kind }: KubeObject): boolean => kind === 'PersistentVolumeClaim'

const namesText = (objects: readonly KubeObject[]): string => objects.map((one) => describeRef(refOf(one))).join(', ')

const ownerlessText = (objects: readonly KubeObject[]): string =>
  `${namesText(objects)} ${objects.length === 1 ? 'belongs' : 'belong'} to nobody, as after a restore`

const foreignText = (foreign: KubeObject): string =>
  `${namesText([foreign])} belongs to another owner; rename the Agent${isClaim(foreign) ? ', as removing the claim would delete what is in it' : ' or remove that object'}`

/** What a claim holds may be dear to somebody, so it is given, by a person. */
const adoptText = (claims: readonly KubeObject[], { metadata }: AgentSight['parent']): string => {
  const { name, namespace, uid } = metadata
  const owner = { apiVersion: API_VERSION, kind: 'Agent', name, uid, controller: true }
  const patch = JSON.stringify({ metadata: { ownerReferences: [owner] } })
  const names = claims.map((claim) => claim.metadata?.name).join(' ')
  return (
    `${ownerlessText(claims)}; to keep what is in it, give it to this Agent: kubectl patch pvc ${names} -n ${namespace} -p '${patch}' ` +
    `(to begin anew, which deletes what is in it: kubectl delete pvc ${names} -n ${namespace})`
  )
}

const recreateText = (objects: readonly KubeObject[], { metadata: { namespace } }: AgentSight['parent']): string => {
  const names = objects.map(({ kind, metadata }) => `${kind?.toLowerCase()}/${metadata?.name}`).join(' ')
  return `${ownerlessText(objects)}; to have it made anew: kubectl delete ${names} -n ${namespace}`
}

/**
 * What names somebody else holds, and what a person can do: they are neither adopted nor overwritten. Undefined where the
 * Agent has all of them. What was left of an Agent of this name is told at once.
 */
export const ownerFault = ({ parent, configMap, service, deployment, claims }: AgentSight): string | undefined => {
  const { name, uid } = parent.metadata
  const foreign = [...claims, configMap, service, deployment].filter(
    (object) => object !== undefined && !isControlledBy(object, uid),
  ) as KubeObject[]
  if (foreign.length === 0) return undefined
  const isLeft = (object: KubeObject): boolean =>
    isOfNobody(object) && (isClaim(object) || object.metadata?.labels?.[labels.agent] === name)
  const stranger = foreign.find((object) => !isLeft(object))
  const leftClaims = foreign.filter(isClaim)
  const others = foreign.filter((object) => !isClaim(object))
  return stranger
    ? foreignText(stranger)
    : [
        ...(leftClaims.length > 0 ? [adoptText(leftClaims, parent)] : []),
        ...(others.length > 0 ? [recreateText(others, parent)] : []),
      ].join('; ')
}
