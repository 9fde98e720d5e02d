import { AgentKind, ledgerFields } from '../../crds/agent.ts'
import { customResourceDefinition } from '../../crds/crd.ts'
import { kinds } from '../../crds/kinds.ts'
import { GROUP, VERSION } from '../../crds/names.ts'
import type { Node } from '../../crds/structural.ts'
import { isWithin } from '../../shared/merge-patch.ts'
import type { Access } from '../cluster/access.ts'
import { sentenceOf } from '../../shared/errors.ts'
import type { Finding } from './check.ts'
import { fault, ok, unknown, warning } from './check.ts'

interface Definition {
  readonly spec: {
    readonly versions: readonly {
      readonly name: string
      readonly served: boolean
      readonly schema?: { readonly openAPIV3Schema?: Node }
    }[]
  }
  readonly status?: { readonly conditions?: readonly { type: string; status: string; message?: string }[] }
}

/** Every field of a schema, as a path. */
const fieldsOf = (node: Node, path = ''): string[] => [
  ...Object.entries(node.properties ?? {}).flatMap(([name, inner]) => {
    const at = path === '' ? name : `${path}.${name}`
    return [at, ...fieldsOf(inner, at)]
  }),
  ...(node.items ? fieldsOf(node.items, `${path}[]`) : []),
  ...(node.additionalProperties ? fieldsOf(node.additionalProperties, `${path}.*`) : []),
]

/** Fields of one schema that the other lacks, under spec and status, without what lies within them. */
const lacking = (here: Node, there: Node): string[] => {
  const known = new Set(fieldsOf(there))
  const missing = fieldsOf(here).filter((field) => /^(spec|status)/.test(field) && !known.has(field))
  return missing.filter((field) => !missing.some((outer) => outer !== field && isWithin(field, outer)))
}

const few = (fields: readonly string[]): string =>
  fields.slice(0, 3).join(', ') + (fields.length > 3 ? ` and ${fields.length - 3} more` : '')

/** What controllers write and the cluster would not store is said whole: nothing else tells of it. */
const olderFinding = (subject: string, plural: string, fields: readonly string[]): Finding => {
  const unstored = fields.filter((field) => field.startsWith('status'))
  const others = fields.filter((field) => !field.startsWith('status'))
  const isHalting =
    plural === AgentKind.plural && unstored.some((path) => ledgerFields.some((field) => isWithin(path, field)))
  return (isHalting ? fault : warning)(
    subject,
    `lacks fields that this kubeoc knows (${[...unstored, ...(others.length > 0 ? [few(others)] : [])].join(', ')})` +
      `${isHalting ? ', without which Agents with limits start no Tasks' : ''}: upgrade the CustomResourceDefinitions`,
  )
}

/** How a definition in the cluster stands to the one this program knows. */
export const definitionFinding = (plural: string, wanted: Node, found: Definition | undefined): Finding => {
  const subject = `kind ${plural}`
  const install = 'install KubeOpenCode, or its CustomResourceDefinitions anew'
  if (!found) return fault(subject, `is not known to the cluster: ${install}`)
  const established = found.status?.conditions?.find(({ type }) => type === 'Established')
  if (established?.status !== 'True')
    return fault(subject, `is not served: ${established?.message ?? 'the apiserver has not taken it up'}`)
  const version = found.spec.versions.find(({ name }) => name === VERSION)
  if (!version?.served) return fault(subject, `is not served as ${VERSION}: ${install}`)
  const schema = version.schema?.openAPIV3Schema ?? {}
  const older = lacking(wanted, schema)
  const newer = lacking(schema, wanted)
  if (older.length > 0) return olderFinding(subject, plural, older)
  if (newer.length > 0)
    return warning(subject, `has fields that this kubeoc does not know (${few(newer)}): upgrade kubeoc`)
  return ok(subject, `is served as ${VERSION}, with the fields of this kubeoc`)
}

export const checkKinds = async ({ api }: Access): Promise<Finding[]> =>
  Promise.all(
    kinds.map(async (kind) => {
      const { plural } = kind
      const name = `${plural}.${GROUP}`
      const wanted = customResourceDefinition(kind).spec.versions[0]?.schema.openAPIV3Schema ?? {}
      try {
        const found = await api.find({ kind: 'CustomResourceDefinition', name })
        return definitionFinding(plural, wanted, found as Definition | undefined)
      } catch (error) {
        // Without the right to read definitions, a list still says whether the kind is there.
        const isServed = await api.list(kind.kind).then(
          () => true,
          (failure: unknown) => /you may not/.test(sentenceOf(failure)),
        )
        return isServed
          ? unknown(`kind ${plural}`, `is served; its fields are not compared: ${sentenceOf(error)}`)
          : fault(`kind ${plural}`, sentenceOf(error))
      }
    }),
  )
