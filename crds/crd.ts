import type { Column, Kind } from './kind.ts'
import { GROUP, VERSION } from './names.ts'
import type { Node } from './structural.ts'
import { toStructural } from './structural.ts'

const explained = (node: Node, path: string): void => {
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    if (!child.description) throw new Error(`${path}.${key}: no description, so kubectl explain has nothing to say`)
    explained(child, `${path}.${key}`)
  }
  if (node.items) explained(node.items, `${path}[]`)
  if (node.additionalProperties) explained(node.additionalProperties, `${path}.*`)
}

/** The schema of a kind. The apiserver has its own ideas of apiVersion, kind and metadata. */
const schemaOf = ({ object, description }: Kind): Node => {
  const { properties = {}, required = [], ...root } = toStructural(object)
  const { spec, status } = properties
  if (!spec || !status) throw new Error(`${description}: a kind has spec and status`)
  const schema: Node = {
    ...root,
    description,
    properties: {
      apiVersion: { type: 'string', description: 'Version of the schema this object is written in.' },
      kind: { type: 'string', description: 'Kind of the object.' },
      metadata: { type: 'object' },
      spec,
      status,
    },
    ...(required.includes('spec') && { required: ['spec'] }),
  }
  explained(spec, '.spec')
  explained(status, '.status')
  return schema
}

const printerColumn = ({ wide, ...column }: Column) => ({ ...column, ...(wide && { priority: 1 }) })

/** The CustomResourceDefinition of a kind, ready to be applied. Throws on what Kubernetes could not say. */
export const customResourceDefinition = (kind: Kind) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${kind.plural}.${GROUP}` },
  spec: {
    group: GROUP,
    names: {
      kind: kind.kind,
      listKind: `${kind.kind}List`,
      plural: kind.plural,
      singular: kind.singular,
      shortNames: kind.shortNames,
      categories: kind.categories,
    },
    scope: kind.scope,
    versions: [
      {
        name: VERSION,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: schemaOf(kind) },
        subresources: { status: {} },
        additionalPrinterColumns: kind.columns.map(printerColumn),
        ...(kind.selectableFields.length > 0 && {
          selectableFields: kind.selectableFields.map((jsonPath) => ({ jsonPath })),
        }),
      },
    ],
  },
})
export type CustomResourceDefinition = ReturnType<typeof customResourceDefinition>
