import * as z from 'zod'
import { StringMap } from '../scalars.ts'

const Expression = z.object({
  key: z.string().describe('Label the expression is about.'),
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']).describe('How the label relates to the values.'),
  values: z.array(z.string()).exactOptional().describe('Values for In and NotIn.'),
})

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/ */
export const LabelSelector = z.object({
  matchLabels: StringMap.exactOptional().describe('Labels an object must have.'),
  matchExpressions: z.array(Expression).exactOptional().describe('Expressions that must hold for an object.'),
})

const NodeExpression = z.object({
  key: z.string().describe('Label or field of the node.'),
  operator: z
    .enum(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'])
    .describe('How the label or field relates to the values.'),
  values: z.array(z.string()).exactOptional().describe('Values; one number for Gt and Lt.'),
})

export const NodeSelectorTerm = z.object({
  matchExpressions: z.array(NodeExpression).exactOptional().describe("Expressions over the node's labels."),
  matchFields: z.array(NodeExpression).exactOptional().describe("Expressions over the node's fields."),
})
